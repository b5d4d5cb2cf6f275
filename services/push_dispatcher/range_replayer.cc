#include "services/push_dispatcher/range_replayer.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "services/push_dispatcher/core/event_set.h"
#include "services/push_dispatcher/core/interest.h"
#include "services/push_dispatcher/core/segment.h"
#include "services/push_dispatcher/ingest/load_rooms.h"
#include "services/push_dispatcher/ingest/publish_batch.h"
#include "services/push_dispatcher/ingest/range_records.h"
#include "services/push_dispatcher/ingest/room_cache.h"
#include "services/push_dispatcher/operator_requests.h"
#include "services/push_dispatcher/publish_request.h"
#include "services/push_dispatcher/store/queue_act.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/registry_watch/registration.h"
#include "services/shared/status/status_macros.h"

namespace causeway::push {
namespace {

using Range = v1::ReplayRequest::Range;

// What is in memory at a time.
constexpr int32_t kPageSegmentsMax = 200;
constexpr int64_t kPageBytesMax = 16 << 20;
constexpr size_t kRoomMembersCachedMax = 1000000;

absl::Status CheckRange(const Range& range) {
  CAUSEWAY_RETURN_IF_ERROR(CheckSourceName(range.source(), "range.source"));
  if (absl::StartsWith(range.source(), kOwnSourcePrefix)) {
    return matrix::InvalidParam("range.source",
                                "is one of the dispatcher's own");
  }
  if (range.first_position() < 1) {
    return matrix::InvalidParam("range.first_position", "must be 1 or more");
  }
  if (range.last_position() < range.first_position() ||
      range.last_position() - range.first_position() >= kReplayPositionsMax) {
    return matrix::InvalidParam(
        "range.last_position", absl::StrCat("the range must have 1 to ",
                                            kReplayPositionsMax, " positions"));
  }
  return absl::OkStatus();
}

std::string Describe(const Range& range, int64_t first, int64_t last) {
  return absl::StrCat(range.source(), " ", first, "..", last);
}

absl::StatusOr<PublishedRecord> ParseStored(absl::string_view json,
                                            bool is_to_device) {
  return is_to_device ? ParsePublishedToDevice(json)
                      : ParsePublishedEvent(json);
}

// By which the rules know a registration.
absl::StatusOr<RoomInterest::Handle> HandleOf(
    const registry_watch::RegistrySnapshot& snapshot,
    const std::string& appservice_id) {
  const auto& all = snapshot.registrations();
  const auto found = std::find_if(all.begin(), all.end(), [&](const auto& one) {
    return one != nullptr && one->id == appservice_id;
  });
  if (found == all.end()) {
    return matrix::NotFound(
        absl::StrCat("registration of ", appservice_id, " in force here"));
  }
  return static_cast<RoomInterest::Handle>(found - all.begin());
}

}  // namespace

// One call.
class RangeReplayer::Run {
 public:
  Run(RangeReplayer& replayer, const v1::ReplayRequest& request,
      absl::Time deadline)
      : replayer_(replayer),
        request_(request),
        range_(request.range()),
        deadline_(deadline),
        next_(range_.first_position()),
        batch_first_(range_.first_position()) {}

  absl::StatusOr<v1::ReplayResponse> Do() {
    CAUSEWAY_RETURN_IF_ERROR(Open());
    if (absl::Status status = GoThrough(); !status.ok()) return Told(status);
    if (response_.event_count() == 0) {
      return matrix::NotFound(absl::StrCat(
          "event of ",
          Describe(range_, range_.first_position(), range_.last_position()),
          " that concerns ", request_.appservice_id(),
          "; positions stored still: ", stored_count_));
    }
    response_.set_positions_not_stored(
        range_.last_position() - range_.first_position() + 1 - stored_count_);
    return response_;
  }

 private:
  absl::Status Open() {
    CAUSEWAY_ASSIGN_OR_RETURN(
        const QueueSummary queue,
        replayer_.operators_.FindQueue(request_.appservice_id()));
    CAUSEWAY_ASSIGN_OR_RETURN(const auto sources,
                              replayer_.operators_.ListSourceNames());
    const auto source = std::find_if(
        sources.begin(), sources.end(),
        [&](const auto& one) { return one.second == range_.source(); });
    if (source == sources.end()) {
      return matrix::NotFound(absl::StrCat("source ", range_.source()));
    }
    source_id_ = source->first;
    const int64_t cursor = queue.head.cursors.Get(source_id_);
    if (range_.last_position() > cursor) {
      return absl::FailedPreconditionError(
          absl::StrCat("the queue of ", request_.appservice_id(),
                       " is past position ", cursor, " of ", range_.source(),
                       " only: what lies behind it is still to come"));
    }
    const auto snapshot = replayer_.applied_.Snapshot();
    CAUSEWAY_ASSIGN_OR_RETURN(handle_,
                              HandleOf(*snapshot, request_.appservice_id()));
    rules_ = std::make_shared<const InterestRules>(snapshot);
    return absl::OkStatus();
  }

  absl::Status GoThrough() {
    while (next_ <= range_.last_position()) {
      CAUSEWAY_ASSIGN_OR_RETURN(const std::vector<StoredSegment> page,
                                replayer_.operators_.ListSegmentsInRange(
                                    source_id_, next_, range_.last_position(),
                                    kPageSegmentsMax, kPageBytesMax));
      if (page.empty()) break;
      for (const StoredSegment& segment : page) {
        CAUSEWAY_RETURN_IF_ERROR(Take(segment));
      }
      rooms_.Trim();
    }
    if (events_.empty()) return absl::OkStatus();
    return Flush(range_.last_position());
  }

  absl::Status Take(const StoredSegment& stored) {
    CAUSEWAY_ASSIGN_OR_RETURN(const Segment segment,
                              Segment::Decode(stored.encoded));
    CAUSEWAY_ASSIGN_OR_RETURN(
        const std::vector<RangeRecord> records,
        RecordsInRange(segment, stored.first_position, next_,
                       range_.last_position(), ParseStored));
    next_ =
        stored.first_position + static_cast<int64_t>(segment.record_count());
    CAUSEWAY_RETURN_IF_ERROR(LoadRooms(records));
    for (const auto& [position, record] : records) {
      if (Concerns(*rules_, handle_, source_id_, record, rooms_)) {
        CAUSEWAY_RETURN_IF_ERROR(Add(position, record));
      }
      ++stored_count_;
    }
    return absl::OkStatus();
  }

  absl::Status LoadRooms(const std::vector<RangeRecord>& records) {
    std::set<std::string> missing;
    for (const auto& [position, record] : records) {
      if (record.kind == PublishedRecord::Kind::kEvent &&
          rooms_.Find(source_id_, record.room_id) == nullptr) {
        missing.insert(record.room_id);
      }
    }
    const std::vector<std::string> room_ids(missing.begin(), missing.end());
    return push::LoadRooms(replayer_.rooms_, rules_, source_id_, room_ids,
                           rooms_);
  }

  // A batch that is full goes when it is known that another follows: so the
  // last one reaches to the end of the range, and its record says so.
  absl::Status Add(int64_t position, const PublishedRecord& record) {
    const absl::string_view json = record.event_json;
    if (events_.size() >= replayer_.options_.batch_events_max ||
        (!events_.empty() &&
         event_bytes_ + json.size() > replayer_.options_.batch_bytes_max)) {
      CAUSEWAY_RETURN_IF_ERROR(Flush(position - 1));
    }
    if (record.kind == PublishedRecord::Kind::kToDevice) {
      to_device_.Add(events_.size());
    }
    events_.emplace_back(json);
    event_bytes_ += json.size();
    return absl::OkStatus();
  }

  absl::Status Flush(int64_t last_position) {
    if (replayer_.clock_.Now() >= deadline_) {
      return absl::DeadlineExceededError("there is no time for the rest");
    }
    const int64_t stored_count = stored_count_ - batch_stored_before_;
    const int64_t event_count = static_cast<int64_t>(events_.size());
    ReplayEvents act = {
        .detail =
            absl::StrCat(Describe(range_, batch_first_, last_position), " of ",
                         range_.first_position(), "..", range_.last_position(),
                         ", events: ", event_count, ", positions not stored: ",
                         last_position - batch_first_ + 1 - stored_count),
        .events = std::exchange(events_, {}),
        .to_device = std::exchange(to_device_, {})};
    const absl::Status acted =
        replayer_.operators_
            .Act({.appservice_id = request_.appservice_id(),
                  .reason = request_.reason(),
                  .act = std::move(act)})
            .status();
    // What failed may have been done all the same.
    replayer_.queue_changed_();
    CAUSEWAY_RETURN_IF_ERROR(acted);
    response_.set_event_count(response_.event_count() + event_count);
    event_bytes_ = 0;
    batch_stored_before_ = stored_count_;
    done_ = last_position;
    batch_first_ = last_position + 1;
    return absl::OkStatus();
  }

  absl::Status Told(const absl::Status& status) const {
    if (!done_.has_value()) return status;
    return absl::Status(
        status.code(),
        absl::StrCat(
            "queued again up to position ", *done_,
            ", events: ", response_.event_count(),
            "; the audit records tell whether more was: ", status.message()));
  }

  RangeReplayer& replayer_;
  const v1::ReplayRequest& request_;
  const Range& range_;
  const absl::Time deadline_;
  SourceId source_id_ = 0;
  RoomInterest::Handle handle_ = 0;
  std::shared_ptr<const InterestRules> rules_;
  RoomCache rooms_{kRoomMembersCachedMax};

  int64_t next_;              // All before it is gone through.
  int64_t stored_count_ = 0;  // Of positions.
  std::vector<std::string> events_;
  EventSet to_device_;  // Of these.
  size_t event_bytes_ = 0;
  int64_t batch_first_;
  int64_t batch_stored_before_ = 0;
  std::optional<int64_t> done_;
  v1::ReplayResponse response_;
};

absl::StatusOr<v1::ReplayResponse> RangeReplayer::Replay(
    const v1::ReplayRequest& request, absl::Time deadline) {
  CAUSEWAY_RETURN_IF_ERROR(CheckAppserviceId(request.appservice_id()));
  CAUSEWAY_RETURN_IF_ERROR(CheckReason(request.reason()));
  CAUSEWAY_RETURN_IF_ERROR(CheckRange(request.range()));
  {
    absl::MutexLock lock(&mu_);
    if (running_) {
      return matrix::LimitExceeded("a range is being replayed already",
                                   absl::Seconds(5));
    }
    running_ = true;
  }
  absl::Cleanup stop = [this] {
    absl::MutexLock lock(&mu_);
    running_ = false;
  };
  return Run(*this, request, deadline).Do();
}

}  // namespace causeway::push
