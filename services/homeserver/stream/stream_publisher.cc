#include "services/homeserver/stream/stream_publisher.h"

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "services/shared/server/logging.h"
#include "services/shared/status/status_macros.h"

namespace causeway::homeserver {
namespace {

absl::Status Diverged(int64_t position) {
  return absl::FailedPreconditionError(absl::StrCat(
      "push_dispatcher has another history of this stream before position ",
      position, ": one of the two databases was restored from a backup"));
}

absl::Status NothingInCommon() {
  return absl::FailedPreconditionError(
      "push_dispatcher has another history of this stream, and none of the "
      "places that it remembers is in ours: our database was restored from a "
      "backup that is too old");
}

absl::Status LeftForAnother(int64_t position) {
  return absl::FailedPreconditionError(absl::StrCat(
      "push_dispatcher has another history of this stream, which took the "
      "place of this one at position ",
      position,
      ": another homeserver of this name publishes, or did, or another backup "
      "was restored in between"));
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
  if (records.empty()) {
    if (!PushHasMoved()) return StepResult::kIdle;
    position_known_ = false;
    return StepResult::kPublished;
  }
  CAUSEWAY_ASSIGN_OR_RETURN(PublishResult result,
                            push_.Publish(records, prefix_sha256_));
  if (result.outcome == PublishResult::Outcome::kDiverged) {
    CAUSEWAY_RETURN_IF_ERROR(NoteDivergence(
        {.next_position = result.next_position, .incarnation = incarnation_}));
    return StepResult::kPublished;
  }
  diverged_at_.reset();
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

bool StreamPublisher::PushHasMoved() {
  const absl::Duration now = clock_.MonotonicNow();
  if (now < ask_at_) return false;
  ask_at_ = now + options_.ask_interval;
  const absl::StatusOr<PushPosition> push = push_.GetPosition();
  // That it is away is of no matter until there is something to publish.
  return push.ok() && (push->next_position != next_position_ ||
                       push->prefix_sha256 != prefix_sha256_);
}

absl::Status StreamPublisher::FindPosition() {
  CAUSEWAY_ASSIGN_OR_RETURN(PushPosition push, push_.GetPosition());
  CAUSEWAY_ASSIGN_OR_RETURN(const bool is_ours, IsOurs(push));
  if (!is_ours) {
    CAUSEWAY_RETURN_IF_ERROR(NoteDivergence(push));
    return FindPosition();
  }
  next_position_ = push.next_position;
  prefix_sha256_ = std::move(push.prefix_sha256);
  incarnation_ = push.incarnation;
  position_known_ = true;
  return absl::OkStatus();
}

absl::StatusOr<bool> StreamPublisher::IsOurs(const PushPosition& push) {
  CAUSEWAY_ASSIGN_OR_RETURN(const bool has_passed, HasPassed(push));
  if (!has_passed || push.incarnation == checked_incarnation_) {
    return has_passed;
  }
  CAUSEWAY_ASSIGN_OR_RETURN(const PushHistory history, push_.GetHistory());
  if (!history.passed.empty()) {
    CAUSEWAY_ASSIGN_OR_RETURN(const bool newest_passed,
                              HasPassed(history.passed.front()));
    if (!newest_passed) return false;
  }
  checked_incarnation_ = push.incarnation;
  return true;
}

absl::StatusOr<bool> StreamPublisher::HasPassed(const PushPosition& point) {
  const absl::StatusOr<std::string> ours =
      source_.PrefixBefore(point.next_position);
  if (absl::IsOutOfRange(ours.status())) return false;
  if (!ours.ok()) return ours.status();
  return *ours == point.prefix_sha256;
}

absl::Status StreamPublisher::NoteDivergence(const PushPosition& push) {
  position_known_ = false;
  if (std::exchange(diverged_at_, push) != push) {
    return Diverged(push.next_position);
  }
  return StartOver();
}

absl::Status StreamPublisher::StartOver() {
  CAUSEWAY_ASSIGN_OR_RETURN(const PushHistory history, push_.GetHistory());
  for (const PushPosition& end : history.left) {
    CAUSEWAY_ASSIGN_OR_RETURN(const bool ours, HasPassed(end));
    if (ours) return LeftForAnother(end.next_position);
  }
  // Up to where the histories part all points are ours, and none behind.
  size_t first = 0;
  for (size_t end = history.passed.size(); first < end;) {
    const size_t middle = first + (end - first) / 2;
    CAUSEWAY_ASSIGN_OR_RETURN(const bool ours,
                              HasPassed(history.passed[middle]));
    if (ours) {
      end = middle;
    } else {
      first = middle + 1;
    }
  }
  if (first == history.passed.size()) return NothingInCommon();
  const PushPosition& common = history.passed[first];
  // An empty database, say, which somebody named by mistake.
  CAUSEWAY_ASSIGN_OR_RETURN(const StreamPage news,
                            source_.ReadFrom(common.next_position, 1, 1));
  if (news.records.empty()) return Diverged(diverged_at_->next_position);
  CAUSEWAY_RETURN_IF_ERROR(push_.Restart(diverged_at_->incarnation, common));
  diverged_at_.reset();
  log::Error("push_dispatcher's history of the stream is replaced by this one",
             {{"new_from_position", common.next_position}});
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
