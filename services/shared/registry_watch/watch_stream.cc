#include "services/shared/registry_watch/watch_stream.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "services/shared/server/grpc_status.h"

namespace causeway::registry_watch {

namespace pb = causeway::registry::v1;

WatchStream::WatchStream(pb::Registry::StubInterface& stub,
                         pb::WatchRequest request)
    : request_(std::move(request)) {
  // As soon as the registry can be reached, not at the next attempt after that.
  context_.set_wait_for_ready(true);
  stub.async()->Watch(&context_, &request_, this);
  // Next() starts reads on a thread of its own. Without the hold the call might
  // end, and its reader be gone, between two of them.
  AddHold();
  StartRead(&reading_);
  StartCall();
}

WatchStream::~WatchStream() {
  context_.TryCancel();
  bool release = false;
  {
    absl::MutexLock lock(&mu_);
    is_closing_ = true;
    release = message_ready_ && std::exchange(is_held_, false);
  }
  if (release) RemoveHold();
  absl::MutexLock lock(&mu_);
  auto ended = [this]() ABSL_SHARED_LOCKS_REQUIRED(mu_) {
    return ended_.has_value();
  };
  mu_.Await(absl::Condition(&ended));
}

absl::StatusOr<pb::WatchResponse> WatchStream::Next(
    absl::Duration silence_max) {
  pb::WatchResponse message;
  {
    auto something_happened = [this]() ABSL_SHARED_LOCKS_REQUIRED(mu_) {
      return message_ready_ || ended_.has_value();
    };
    absl::MutexLock lock(&mu_);
    if (!mu_.AwaitWithTimeout(absl::Condition(&something_happened),
                              silence_max)) {
      return absl::DeadlineExceededError(
          absl::StrCat("no message for ", absl::FormatDuration(silence_max)));
    }
    if (!message_ready_) {
      absl::Status status = server::FromGrpcStatus(*ended_);
      return status.ok() ? absl::UnavailableError("the registry ended the call")
                         : status;
    }
    message_ready_ = false;
    message = std::move(reading_);
  }
  StartRead(&reading_);
  return message;
}

void WatchStream::Cancel() { context_.TryCancel(); }

void WatchStream::OnReadDone(bool ok) {
  bool release = false;
  {
    absl::MutexLock lock(&mu_);
    if (ok) message_ready_ = true;
    // No read will follow. OnDone() does.
    if (!ok || is_closing_) release = std::exchange(is_held_, false);
  }
  if (release) RemoveHold();
}

void WatchStream::OnDone(const grpc::Status& status) {
  absl::MutexLock lock(&mu_);
  ended_ = status;
}

}  // namespace causeway::registry_watch
