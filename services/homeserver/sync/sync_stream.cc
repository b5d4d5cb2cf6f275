#include "services/homeserver/sync/sync_stream.h"

#include <grpcpp/support/status.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/server/channel.h"
#include "services/shared/server/grpc_status.h"
#include "services/shared/server/uncaught_exception.h"

namespace causeway::homeserver {
namespace {

server::CallContext MakeContext(const v1::SyncManyRequest& request) {
  return {
      .request_id = server::IsRequestId(request.request_id())
                        ? request.request_id()
                        : server::MakeRequestId(),
      .deadline = absl::Now() +
                  std::clamp(absl::Milliseconds(request.deadline_ms()),
                             absl::ZeroDuration(), server::kCallDurationMax)};
}

v1::SyncManyResponse::Failure ToFailure(const absl::Status& status) {
  const grpc::Status error = server::ToGrpcStatus(status);
  v1::SyncManyResponse::Failure failure;
  failure.set_code(error.error_code());
  failure.set_message(error.error_message());
  failure.set_details(error.error_details());
  return failure;
}

// A message that gRPC refuses would end the stream, and with it everybody's
// sync.
v1::SyncManyResponse MakeAnswer(int64_t sync_id,
                                absl::StatusOr<v1::SyncResponse> result) {
  v1::SyncManyResponse answer;
  answer.set_sync_id(sync_id);
  if (result.ok()) {
    *answer.mutable_response() = *std::move(result);
    constexpr size_t bytes_max = server::kMessageBytesMax;
    if (answer.ByteSizeLong() <= bytes_max) return answer;
    result = matrix::TooLarge("the answer to this sync", bytes_max);
  }
  *answer.mutable_failure() = ToFailure(result.status());
  return answer;
}

}  // namespace

std::shared_ptr<SyncStream> SyncStream::Start(Handler handler,
                                              server::Executor& executor) {
  auto stream = std::make_shared<SyncStream>(std::move(handler), executor);
  stream->self_ = stream;
  stream->StartRead(&stream->reading_);
  return stream;
}

SyncStream::SyncStream(Handler handler, server::Executor& executor)
    : handler_(std::move(handler)), executor_(executor) {}

void SyncStream::Drain() {
  {
    absl::MutexLock lock(&mu_);
    draining_ = true;
  }
  Advance();
}

void SyncStream::OnReadDone(bool ok) {
  if (ok && reading_.give_up()) {
    GiveUp(reading_.sync_id());
  } else if (ok) {
    Begin();
  }
  bool reads_on = false;
  {
    absl::MutexLock lock(&mu_);
    if (!ok) caller_done_ = true;
    reads_on = ok && !draining_ && !finished_;
  }
  // Outside of the lock: gRPC may call back from within.
  if (reads_on) {
    StartRead(&reading_);
  } else {
    Advance();
  }
}

void SyncStream::OnWriteDone(bool ok) {
  {
    absl::MutexLock lock(&mu_);
    writing_ = false;
    answers_.pop_front();
    if (!ok) caller_gone_ = true;
  }
  if (!ok) GiveUpAll();
  Advance();
}

void SyncStream::OnCancel() {
  {
    absl::MutexLock lock(&mu_);
    caller_gone_ = true;
  }
  GiveUpAll();
  Advance();
}

void SyncStream::OnDone() {
  // Syncs may be under way; whoever lets go last destroys.
  std::shared_ptr<SyncStream> self = std::move(self_);
}

void SyncStream::Begin() {
  const int64_t sync_id = reading_.sync_id();
  std::stop_source caller;
  {
    absl::MutexLock lock(&mu_);
    under_way_.emplace(sync_id, caller);
    if (caller_gone_) caller.request_stop();  // Nobody listens yet.
  }
  if (absl::Status begun = executor_.BeginCoroutine(); !begun.ok()) {
    return Answer(sync_id, std::move(begun));
  }
  server::CallContext call = MakeContext(reading_);
  boost::asio::co_spawn(executor_.asio_executor(),
                        Run(std::move(*reading_.mutable_sync()),
                            std::move(call), caller.get_token()),
                        [self = shared_from_this(), sync_id](
                            const std::exception_ptr& exception,
                            absl::StatusOr<v1::SyncResponse> result) {
                          // Run() lets no std::exception out; nothing else is
                          // thrown.
                          if (exception) {
                            result =
                                absl::InternalError("unexpected exception");
                          }
                          self->Answer(sync_id, std::move(result));
                          self->executor_.EndCoroutine();
                        });
}

boost::asio::awaitable<absl::StatusOr<v1::SyncResponse>> SyncStream::Run(
    v1::SyncRequest request, server::CallContext call,
    std::stop_token stop_waiting) {
  try {
    co_return co_await handler_(request, call, std::move(stop_waiting));
  } catch (const std::exception& exception) {
    co_return server::UncaughtException(exception, call);
  }
}

void SyncStream::GiveUp(int64_t sync_id) {
  std::stop_source caller(std::nostopstate);
  {
    absl::MutexLock lock(&mu_);
    const auto found = under_way_.find(sync_id);
    if (found == under_way_.end()) return;  // Its answer is on the way.
    caller = found->second;
  }
  caller.request_stop();
}

void SyncStream::GiveUpAll() {
  std::vector<std::stop_source> callers;
  {
    absl::MutexLock lock(&mu_);
    callers.reserve(under_way_.size());
    for (const auto& [sync_id, caller] : under_way_) callers.push_back(caller);
  }
  for (std::stop_source& caller : callers) caller.request_stop();
}

void SyncStream::Answer(int64_t sync_id,
                        absl::StatusOr<v1::SyncResponse> result) {
  v1::SyncManyResponse answer = MakeAnswer(sync_id, std::move(result));
  {
    absl::MutexLock lock(&mu_);
    under_way_.erase(under_way_.find(sync_id));
    answers_.push_back(std::move(answer));
  }
  Advance();
}

void SyncStream::Advance() {
  const v1::SyncManyResponse* answer = nullptr;
  grpc::Status end;
  {
    absl::MutexLock lock(&mu_);
    if (writing_ || finished_) return;
    if (caller_gone_) {
      end = grpc::Status::CANCELLED;
      finished_ = true;
    } else if (!answers_.empty()) {
      answer = &answers_.front();
      writing_ = true;
    } else if (under_way_.empty() && (caller_done_ || draining_)) {
      if (!caller_done_) {
        end = grpc::Status(grpc::StatusCode::UNAVAILABLE,
                           "this homeserver is stopping");
      }
      finished_ = true;
    } else {
      return;
    }
  }
  // Outside of the lock, for the same reason.
  if (answer != nullptr) {
    StartWrite(answer);
  } else {
    Finish(end);
  }
}

}  // namespace causeway::homeserver
