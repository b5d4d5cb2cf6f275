#include "services/gateway/sync_many_stream.h"

#include <grpcpp/support/status.h>

#include <utility>

#include "services/shared/server/grpc_status.h"

namespace causeway::gateway {
namespace {

namespace pb = causeway::homeserver::v1;

absl::StatusOr<pb::SyncResponse> TakeOutcome(pb::SyncManyResponse& answer) {
  if (answer.has_response()) return std::move(*answer.mutable_response());
  const pb::SyncManyResponse::Failure& failure = answer.failure();
  absl::Status status = server::FromGrpcStatus(
      grpc::Status(static_cast<grpc::StatusCode>(failure.code()),
                   failure.message(), failure.details()));
  if (status.ok()) return absl::InternalError("an answer without an outcome");
  return status;
}

}  // namespace

std::shared_ptr<SyncManyStream> SyncManyStream::Start(
    pb::Rooms::StubInterface& stub) {
  auto stream = std::make_shared<SyncManyStream>();
  stream->self_ = stream;
  stub.async()->SyncMany(&stream->context_, stream.get());
  // For the writes, which are not started by reactions only.
  stream->AddHold();
  stream->StartRead(&stream->reading_);
  stream->StartCall();
  return stream;
}

bool SyncManyStream::Ask(pb::SyncManyRequest& request, Callback& callback) {
  const pb::SyncManyRequest* to_write = nullptr;
  {
    absl::MutexLock lock(&mu_);
    if (ending_) return false;
    waiting_.emplace(request.sync_id(), std::move(callback));
    to_write = Push(std::move(request));
  }
  // Outside of the lock: gRPC may call back from within.
  if (to_write != nullptr) StartWrite(to_write);
  return true;
}

void SyncManyStream::GiveUp(int64_t sync_id, absl::Status reason) {
  Callback callback = Take(sync_id);
  if (callback == nullptr) return;
  pb::SyncManyRequest request;
  request.set_sync_id(sync_id);
  request.set_give_up(true);
  const pb::SyncManyRequest* to_write = nullptr;
  {
    absl::MutexLock lock(&mu_);
    if (!ending_) to_write = Push(std::move(request));
  }
  if (to_write != nullptr) StartWrite(to_write);
  std::move(callback)(std::move(reason));
}

void SyncManyStream::Cancel() { context_.TryCancel(); }

void SyncManyStream::AwaitDone() {
  absl::MutexLock lock(&mu_);
  mu_.Await(absl::Condition(&done_));
}

void SyncManyStream::OnReadDone(bool ok) {
  if (ok) {
    // Taken before the next read overwrites it.
    const int64_t sync_id = reading_.sync_id();
    absl::StatusOr<pb::SyncResponse> outcome = TakeOutcome(reading_);
    StartRead(&reading_);
    if (Callback callback = Take(sync_id)) {
      std::move(callback)(std::move(outcome));
    }
    return;
  }
  bool is_writing = false;
  {
    absl::MutexLock lock(&mu_);
    ending_ = true;
    is_writing = writing_;
  }
  // Else by the end of that write.
  if (!is_writing) RemoveHold();
}

void SyncManyStream::OnWriteDone(bool ok) {
  const pb::SyncManyRequest* to_write = nullptr;
  bool is_ending = false;
  {
    absl::MutexLock lock(&mu_);
    requests_.pop_front();
    is_ending = ending_;
    if (ok && !is_ending && !requests_.empty()) to_write = &requests_.front();
    writing_ = to_write != nullptr;
  }
  if (to_write != nullptr) {
    StartWrite(to_write);
  } else if (is_ending) {
    RemoveHold();
  }
}

void SyncManyStream::OnDone(const grpc::Status& status) {
  const std::shared_ptr<SyncManyStream> self = std::move(self_);
  absl::flat_hash_map<int64_t, Callback> waiting;
  {
    absl::MutexLock lock(&mu_);
    waiting.swap(waiting_);
  }
  const absl::Status reason =
      status.ok() ? absl::UnavailableError("the homeserver hung up")
                  : server::FromGrpcStatus(status);
  for (auto& [sync_id, callback] : waiting) std::move(callback)(reason);
  absl::MutexLock lock(&mu_);
  done_ = true;
}

const pb::SyncManyRequest* SyncManyStream::Push(pb::SyncManyRequest request) {
  requests_.push_back(std::move(request));
  return std::exchange(writing_, true) ? nullptr : &requests_.front();
}

SyncManyStream::Callback SyncManyStream::Take(int64_t sync_id) {
  absl::MutexLock lock(&mu_);
  const auto found = waiting_.find(sync_id);
  if (found == waiting_.end()) return nullptr;
  Callback callback = std::move(found->second);
  waiting_.erase(found);
  return callback;
}

}  // namespace causeway::gateway
