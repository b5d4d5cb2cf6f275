#include "services/ctl/bridge_lag.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/util/time_util.h"

namespace causeway::ctl {
namespace {

namespace pb = causeway::push::v1;
using google::protobuf::util::TimeUtil;

absl::Time ToTime(const google::protobuf::Timestamp& time) {
  return absl::FromUnixMicros(TimeUtil::TimestampToMicroseconds(time));
}

// Of the last attempt.
std::string LastError(const pb::Queue& queue, absl::Time now) {
  std::string text = queue.last_error();
  if (queue.attempts() > 0) {
    absl::StrAppend(&text, text.empty() ? "" : "; ",
                    "attempts so far: ", queue.attempts());
  }
  if (queue.has_next_attempt_time()) {
    const absl::Duration wait = ToTime(queue.next_attempt_time()) - now;
    if (wait > absl::ZeroDuration()) {
      absl::StrAppend(&text, ", the next in ", SecondsText(wait));
    }
  }
  return text;
}

std::string Why(const pb::Queue& queue, absl::Time now) {
  switch (queue.state()) {
    case pb::Queue::PAUSED:
      return "an operator has paused it: queue resume";
    case pb::Queue::BLOCKED:
      return absl::StrCat("it refuses what it is sent: ",
                          LastError(queue, now));
    case pb::Queue::QUARANTINING:
      return absl::StrCat("it refuses what will be put aside: ",
                          LastError(queue, now));
    case pb::Queue::BACKING_OFF:
      return LastError(queue, now);
    case pb::Queue::UNKNOWN:
      return queue.owner_error();
    default:
      return "it takes less than there is";
  }
}

bool IsHeldUp(pb::Queue::State state) {
  return state == pb::Queue::PAUSED || state == pb::Queue::BLOCKED ||
         state == pb::Queue::QUARANTINING || state == pb::Queue::BACKING_OFF;
}

}  // namespace

std::string SecondsText(absl::Duration duration) {
  return absl::FormatDuration(absl::Trunc(duration, absl::Seconds(1)));
}

std::optional<BridgeLag> LagOf(const pb::Queue& queue, absl::Time now) {
  const bool has_waiting = queue.queued_events() > 0;
  // Unknown without any that wait: it can't be read, and whatever comes stays.
  if (!has_waiting && queue.state() != pb::Queue::UNKNOWN) return std::nullopt;
  const absl::Duration age = queue.has_oldest_event_time()
                                 ? now - ToTime(queue.oldest_event_time())
                                 : absl::ZeroDuration();
  if (has_waiting && !IsHeldUp(queue.state()) && age < kLagMin) {
    return std::nullopt;
  }
  return BridgeLag{
      .appservice_id = queue.appservice_id(),
      .state = absl::AsciiStrToLower(pb::Queue::State_Name(queue.state())),
      .age = age,
      .queued_events = queue.queued_events(),
      .why = Why(queue, now)};
}

}  // namespace causeway::ctl
