#include "services/push_dispatcher/delivery/replica_waker.h"

#include <grpcpp/client_context.h>

#include <set>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "services/shared/server/call_context.h"
#include "services/shared/server/channel.h"

namespace causeway::push {
namespace {

// WakeRequest's own bound.
constexpr size_t kWordsMax = 10000;
// Of ephemeral data for one other replica.
constexpr int64_t kEphemeralBytesMax = 256 << 10;
// Later than this the other one has looked by itself.
constexpr absl::Duration kDeadline = absl::Seconds(1);

void AddWord(const QueueWord& word, v1::WakeRequest& request) {
  std::string uid = absl::StrCat(word.uid);
  switch (word.kind) {
    case QueueWord::Kind::kQueued:
      request.add_appservice_uids(std::move(uid));
      break;
    case QueueWord::Kind::kHeard:
      request.add_heard_uids(std::move(uid));
      break;
    case QueueWord::Kind::kPinged:
      request.add_pinged_uids(std::move(uid));
      break;
    case QueueWord::Kind::kHanded:
      request.add_handed_uids(std::move(uid));
      break;
  }
}

void AddEphemeral(AppserviceUid uid, const EphemeralItems& items,
                  v1::WakeRequest& request) {
  v1::WakeRequest::Ephemeral& ephemeral = *request.add_ephemeral();
  ephemeral.set_appservice_uid(absl::StrCat(uid));
  for (std::string& event : EphemeralEvents(items)) {
    ephemeral.add_event_jsons(std::move(event));
  }
}

}  // namespace

struct ReplicaWaker::Peer {
  std::string address;
  std::shared_ptr<v1::PushDispatcher::Stub> stub;
  std::set<QueueWord> waiting;
  std::map<AppserviceUid, EphemeralItems> waiting_ephemeral;
  int64_t waiting_ephemeral_bytes = 0;
  std::shared_ptr<Call> call;  // Under way.
};

struct ReplicaWaker::Call {
  grpc::ClientContext context;
  v1::WakeRequest request;
  v1::WakeResponse response;
};

ReplicaWaker::ReplicaWaker(server::ChannelOptions channel)
    : channel_(std::move(channel)) {}

ReplicaWaker::~ReplicaWaker() {
  absl::MutexLock lock(&mu_);
  stopping_ = true;
  for (const auto& [name, peer] : peers_) {
    if (peer->call != nullptr) peer->call->context.TryCancel();
  }
  auto none_out = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    return calls_out_ == 0;
  };
  mu_.Await(absl::Condition(&none_out));
}

void ReplicaWaker::SetPeers(
    const std::map<std::string, std::string>& addresses) {
  absl::MutexLock lock(&mu_);
  for (auto peer = peers_.begin(); peer != peers_.end();) {
    const auto address = addresses.find(peer->first);
    const bool same =
        address != addresses.end() && address->second == peer->second->address;
    peer = same ? std::next(peer) : peers_.erase(peer);
  }
  for (const auto& [name, address] : addresses) {
    if (peers_.contains(name)) continue;
    auto peer = std::make_shared<Peer>();
    peer->address = address;
    peer->stub =
        v1::PushDispatcher::NewStub(server::MakeChannel(address, channel_));
    peers_[name] = std::move(peer);
  }
}

std::shared_ptr<v1::PushDispatcher::StubInterface> ReplicaWaker::Find(
    const std::string& name) const {
  absl::MutexLock lock(&mu_);
  const auto peer = peers_.find(name);
  return peer == peers_.end() ? nullptr : peer->second->stub;
}

void ReplicaWaker::Wake(absl::Span<const QueueWord> words) {
  absl::MutexLock lock(&mu_);
  if (stopping_) return;
  for (const auto& [name, peer] : peers_) {
    peer->waiting.insert(words.begin(), words.end());
    if (peer->call == nullptr) Tell(peer);
  }
}

void ReplicaWaker::Wake(const std::string& name,
                        absl::Span<const QueueWord> words) {
  absl::MutexLock lock(&mu_);
  const auto peer = peers_.find(name);
  if (stopping_ || peer == peers_.end()) return;
  peer->second->waiting.insert(words.begin(), words.end());
  if (peer->second->call == nullptr) Tell(peer->second);
}

bool ReplicaWaker::HandOver(AppserviceUid uid, const EphemeralItems& items) {
  int64_t bytes = 0;
  for (const auto& item : items) bytes += item->bytes();
  absl::MutexLock lock(&mu_);
  if (stopping_) return false;
  bool room_for_all = true;
  for (const auto& [name, peer] : peers_) {
    if (peer->waiting_ephemeral_bytes + bytes > kEphemeralBytesMax) {
      room_for_all = false;
      continue;
    }
    peer->waiting_ephemeral_bytes += bytes;
    EphemeralItems& waiting = peer->waiting_ephemeral[uid];
    waiting.insert(waiting.end(), items.begin(), items.end());
    if (peer->call == nullptr) Tell(peer);
  }
  return room_for_all;
}

void ReplicaWaker::Tell(const std::shared_ptr<Peer>& peer) {
  peer->call = std::make_shared<Call>();
  for (size_t i = 0; i < kWordsMax && !peer->waiting.empty(); ++i) {
    const auto first = peer->waiting.begin();
    AddWord(*first, peer->call->request);
    peer->waiting.erase(first);
  }
  for (const auto& [uid, items] : peer->waiting_ephemeral) {
    AddEphemeral(uid, items, peer->call->request);
  }
  peer->waiting_ephemeral.clear();
  peer->waiting_ephemeral_bytes = 0;
  server::PrepareContext(peer->call->context,
                         server::MakeCallContext(kDeadline));
  ++calls_out_;
  peer->stub->async()->Wake(
      &peer->call->context, &peer->call->request, &peer->call->response,
      [this, peer](const grpc::Status&) { Finish(peer); });
}

void ReplicaWaker::Finish(const std::shared_ptr<Peer>& peer) {
  absl::MutexLock lock(&mu_);
  peer->call.reset();
  --calls_out_;
  if (stopping_) return;
  if (!peer->waiting.empty() || !peer->waiting_ephemeral.empty()) Tell(peer);
}

}  // namespace causeway::push
