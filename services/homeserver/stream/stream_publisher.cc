#include "services/homeserver/stream/stream_publisher.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "services/shared/status/status_macros.h"

namespace causeway::homeserver {
namespace {

absl::Status Diverged(int64_t position) {
  return absl::FailedPreconditionError(absl::StrCat(
      "push_dispatcher has another history of this stream before position ",
      position, ": one of the two databases was restored from a backup"));
}

}  // namespace

StreamPublisher::StreamPublisher(Options options, StreamSource& source,
                                 PushClient& push, const Clock& clock)
    : options_(options),
      source_(source),
      push_(push),
      clock_(clock),
      health_(absl::UnavailableError("nothing published yet")) {}

StreamPublisher::StepResult StreamPublisher::Step() {
  absl::StatusOr<StepResult> result = PublishNext();
  Remember(result.status());
  if (result.ok()) return *result;
  position_known_ = false;  // Whatever went wrong, ask again.
  return absl::IsFailedPrecondition(result.status()) ? StepResult::kDiverged
                                                     : StepResult::kFailed;
}

absl::StatusOr<StreamPublisher::StepResult> StreamPublisher::PublishNext() {
  if (!position_known_) CAUSEWAY_RETURN_IF_ERROR(FindPosition());
  CAUSEWAY_ASSIGN_OR_RETURN(
      StreamPage page, source_.ReadFrom(next_position_, options_.records_max,
                                        options_.bytes_max));
  UpdateLag(page);
  std::vector<StreamRecord>& records = page.records;
  if (records.empty()) return StepResult::kIdle;
  CAUSEWAY_ASSIGN_OR_RETURN(PublishResult result,
                            push_.Publish(records, prefix_sha256_));
  if (result.outcome == PublishResult::Outcome::kDiverged) {
    return Diverged(next_position_);
  }
  const int64_t end = records.back().position + 1;
  if (result.outcome == PublishResult::Outcome::kGap ||
      result.next_position != end) {
    // Push has lost commits, or another replica is ahead of us.
    position_known_ = false;
    return StepResult::kPublished;
  }
  next_position_ = end;
  prefix_sha256_ = std::move(records.back().prefix_sha256_after);
  absl::MutexLock lock(&mu_);
  progress_.published_records += static_cast<int64_t>(records.size());
  return StepResult::kPublished;
}

absl::Status StreamPublisher::FindPosition() {
  CAUSEWAY_ASSIGN_OR_RETURN(PushPosition push, push_.GetPosition());
  absl::StatusOr<std::string> ours = source_.PrefixBefore(push.next_position);
  if (absl::IsOutOfRange(ours.status())) return Diverged(push.next_position);
  if (!ours.ok()) return ours.status();
  if (*ours != push.prefix_sha256) return Diverged(push.next_position);
  next_position_ = push.next_position;
  prefix_sha256_ = std::move(*ours);
  position_known_ = true;
  return absl::OkStatus();
}

void StreamPublisher::UpdateLag(const StreamPage& unpublished) {
  absl::Duration lag;
  if (!unpublished.records.empty()) {
    lag = std::max(lag, clock_.Now() - unpublished.records.front().commit_time);
  }
  absl::MutexLock lock(&mu_);
  progress_.unpublished_records =
      static_cast<int64_t>(unpublished.records.size()) + unpublished.rest_count;
  progress_.lag = lag;
}

void StreamPublisher::Remember(const absl::Status& health) {
  absl::MutexLock lock(&mu_);
  health_ = health;
}

absl::Status StreamPublisher::health() const {
  absl::MutexLock lock(&mu_);
  return health_;
}

StreamPublisher::Progress StreamPublisher::progress() const {
  absl::MutexLock lock(&mu_);
  return progress_;
}

}  // namespace causeway::homeserver
