#include "services/push_dispatcher/ingest/ephemeral_router.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "services/push_dispatcher/core/interest.h"
#include "services/push_dispatcher/ingest/room_cache.h"
#include "services/shared/status/status_macros.h"

namespace causeway::push {
namespace {

constexpr size_t kRoomMembersMax = 200000;

constexpr char kPrivateReceipt[] = "m.read.private";

using Handle = InterestRules::Handle;

// Of the homeserver's rooms of this name, which it may have none of yet.
constexpr SourceId kNoSource = 0;

bool HasRoom(const EphemeralItem& item) { return !item.room_id.empty(); }

bool IsSamePresence(const EphemeralItem& a, const EphemeralItem& b) {
  return a.kind == EphemeralItem::Kind::kPresence && b.kind == a.kind &&
         a.user_id == b.user_id && a.json == b.json;
}

}  // namespace

// What is known since one moment, and forgotten as a whole.
struct EphemeralRouter::Known {
  Known(std::shared_ptr<const registry_watch::RegistrySnapshot> snapshot,
        absl::Duration now)
      : rules(std::make_shared<const InterestRules>(std::move(snapshot))),
        since(now) {
    const auto& all = rules->snapshot().registrations();
    for (size_t i = 0; i < all.size(); ++i) {
      wanted |= rules->EphemeralQueueOf(static_cast<Handle>(i)).has_value();
    }
  }

  std::vector<AppserviceUid> QueuesFor(const EphemeralItem& item,
                                       SourceId source_id)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu);

  const std::shared_ptr<const InterestRules> rules;
  const absl::Duration since;
  bool wanted = false;  // Anybody wants any of it.

  absl::Mutex mu;
  absl::flat_hash_map<std::string, SourceId> sources ABSL_GUARDED_BY(mu);
  RoomCache rooms ABSL_GUARDED_BY(mu){kRoomMembersMax};
};

std::vector<AppserviceUid> EphemeralRouter::Known::QueuesFor(
    const EphemeralItem& item, SourceId source_id) {
  std::vector<AppserviceUid> queues;
  auto add = [&](Handle handle) {
    const std::optional<AppserviceUid> queue = rules->EphemeralQueueOf(handle);
    if (queue.has_value()) queues.push_back(*queue);
  };
  // Presence that tells a room is for whom the room interests.
  const auto users = rules->Match(InterestRules::Kind::kUsers, item.user_id);
  if (!HasRoom(item)) {
    for (const auto& hit : *users) add(hit.registration);
    return queues;
  }
  RoomInterest* room = rooms.Find(source_id, item.room_id);
  if (room == nullptr) return queues;  // Others have pushed it out since.
  const bool is_private = item.receipt_type == kPrivateReceipt;
  for (Handle handle : room->Interested()) {
    if (!is_private || namespaces::Includes(users, handle)) add(handle);
  }
  return queues;
}

EphemeralRouter::EphemeralRouter(IngestStore& store,
                                 const registry_watch::LatestSnapshot& applied,
                                 const Clock& clock, Deliver deliver)
    : store_(store),
      applied_(applied),
      clock_(clock),
      deliver_(std::move(deliver)) {}

EphemeralRouter::~EphemeralRouter() = default;

std::shared_ptr<EphemeralRouter::Known> EphemeralRouter::GetKnown() {
  auto snapshot = applied_.Snapshot();
  const absl::Duration now = clock_.MonotonicNow();
  absl::MutexLock lock(&mu_);
  if (known_ == nullptr || now - known_->since >= kKnownFor ||
      &known_->rules->snapshot() != snapshot.get()) {
    known_ = std::make_shared<Known>(std::move(snapshot), now);
  }
  return known_;
}

absl::Status EphemeralRouter::LoadRooms(const std::string& source,
                                        const EphemeralItems& items,
                                        Known& known) {
  absl::flat_hash_set<std::string> missing;
  std::optional<SourceId> source_id;
  {
    absl::MutexLock lock(&known.mu);
    const auto found = known.sources.find(source);
    if (found != known.sources.end()) source_id = found->second;
    for (const auto& item : items) {
      if (HasRoom(*item) &&
          (!source_id.has_value() ||
           known.rooms.Find(*source_id, item->room_id) == nullptr)) {
        missing.insert(item->room_id);
      }
    }
  }
  if (missing.empty()) return absl::OkStatus();
  if (!source_id.has_value()) {
    const absl::StatusOr<SourceState> state = store_.FindSource(source);
    if (!state.ok() && !absl::IsNotFound(state.status())) {
      return state.status();
    }
    source_id = state.ok() ? state->id : kNoSource;
  }
  const std::vector<std::string> room_ids(missing.begin(), missing.end());
  CAUSEWAY_ASSIGN_OR_RETURN(auto facts, store_.LoadRooms(*source_id, room_ids));
  std::vector<std::pair<std::string, RoomInterest>> rooms;
  rooms.reserve(room_ids.size());
  for (const std::string& room_id : room_ids) {
    rooms.emplace_back(room_id,
                       RoomInterest(known.rules, room_id, facts[room_id]));
  }
  absl::MutexLock lock(&known.mu);
  known.sources[source] = *source_id;
  known.rooms.Trim();
  for (auto& [room_id, room] : rooms) {
    known.rooms.Insert(*source_id, room_id, std::move(room));
  }
  return absl::OkStatus();
}

absl::Status EphemeralRouter::Route(const std::string& source,
                                    const EphemeralItems& items) {
  const std::shared_ptr<Known> known = GetKnown();
  if (!known->wanted) return absl::OkStatus();
  CAUSEWAY_RETURN_IF_ERROR(LoadRooms(source, items, *known));
  std::map<AppserviceUid, EphemeralItems> by_queue;
  {
    absl::MutexLock lock(&known->mu);
    const auto source_id = known->sources.find(source);
    for (const auto& item : items) {
      for (AppserviceUid uid : known->QueuesFor(
               *item, source_id == known->sources.end() ? kNoSource
                                                        : source_id->second)) {
        EphemeralItems& of_queue = by_queue[uid];
        // A user's presence comes once for each room, one after the other.
        if (!of_queue.empty() && IsSamePresence(*of_queue.back(), *item)) {
          continue;
        }
        of_queue.push_back(item);
      }
    }
  }
  for (auto& [uid, of_queue] : by_queue) deliver_(uid, std::move(of_queue));
  return absl::OkStatus();
}

}  // namespace causeway::push
