#include "tests/simulation/sim_source.h"

#include <algorithm>
#include <utility>

namespace causeway::push::simulation {
namespace {

using absl::Milliseconds;

constexpr int64_t kBatchRecordsMax = 12;
constexpr int64_t kRecordsAtOnceMax = 4;
constexpr absl::Duration kAnswerTimeout = absl::Seconds(4);
constexpr absl::Duration kPauseMax = Milliseconds(1500);
constexpr absl::Duration kAskInterval = absl::Seconds(5);
constexpr absl::Duration kRetry = Milliseconds(400);
// Now and then another backup is restored, before all was told again.
constexpr int64_t kRestoredAgainOneIn = 2;
constexpr absl::Duration kRestoredAgainMax = Milliseconds(300);
constexpr absl::Duration kDivergedPause = Milliseconds(1500);

}  // namespace

SimSource::SimSource(int32_t stream, const Schedule& schedule, SimClock& clock,
                     Coverage& coverage, History& history, Push push,
                     NewStream new_stream)
    : schedule_(schedule),
      clock_(clock),
      coverage_(coverage),
      history_(history),
      push_(std::move(push)),
      new_stream_(std::move(new_stream)),
      name_stream_(stream),
      event_stream_(stream) {}

void SimSource::Start(absl::Duration quiet) {
  pause_max_ = clock_.chance().OneIn(4) ? absl::Seconds(8) : kPauseMax;
  AskWhereItStands();
  clock_.After(quiet, [this] { Generate(); });
}

void SimSource::AskWhereItStands() {
  if (!calling_ && next_ > end()) Call(next_, 0);
  clock_.After(kAskInterval, [this] { AskWhereItStands(); });
}

void SimSource::Look() { next_ > end() ? Call(next_, 0) : PublishNext(); }

void SimSource::FindPosition() {
  LookAfter(kAnswerTimeout);
  push_.get_history(
      name(), [this, call = call_](const std::optional<SourceHistory>& told) {
        if (call != call_ || !told.has_value()) return;
        const ChainPoint& newest = told->passed.front();
        if (!HasPassed(newest)) {
          NoteDivergence(newest.position);
          return;
        }
        position_known_ = true;
        LookAfter(absl::ZeroDuration());
      });
}

void SimSource::LookAfter(absl::Duration pause) {
  calling_ = true;  // Nothing else meanwhile.
  clock_.After(pause, [this, call = ++call_] {
    if (call != call_) return;
    calling_ = false;
    Look();
  });
}

void SimSource::Generate() {
  if (healthy_ || clock_.now() > schedule_.last_event_at) return;
  const int64_t count = clock_.chance().Between(1, kRecordsAtOnceMax);
  for (int64_t i = 0; i < count; ++i) AddRecord();
  PublishNext();
  clock_.After(clock_.chance().Between(Milliseconds(150), pause_max_),
               [this] { Generate(); });
}

void SimSource::AddRecord() {
  Append(rooms_.Draw({event_stream_, ++last_number_}, clock_.chance(),
                     /*with_aliases=*/true));
}

void SimSource::Append(std::shared_ptr<const SourceRecord> record) {
  points_.push_back(NextPoint(points_.back(), record->published.sha256));
  records_.push_back(std::move(record));
}

void SimSource::PublishNext() {
  if (calling_ || next_ > end()) return;
  Chance& chance = clock_.chance();
  int64_t begin = next_;
  if (!healthy_ && begin > 1 && chance.OneIn(schedule_.publish_overlaps)) {
    coverage_.Reached(Fault::kPublishOverlap);
    begin = std::max<int64_t>(1, begin - chance.Between(1, kBatchRecordsMax));
  }
  Call(begin, std::min(chance.Between(1, kBatchRecordsMax), end() + 1 - begin));
}

void SimSource::Call(int64_t begin, int64_t count) {
  if (schedule_.sources_begin_anew && !position_known_) {
    FindPosition();
    return;
  }
  auto batch = std::make_shared<SimBatch>();
  batch->batch.source = SourceName(name_stream_);
  batch->named = schedule_.sources_begin_anew;
  batch->batch.begin = points_[static_cast<size_t>(begin - 1)];
  for (int64_t i = 0; i < count; ++i) {
    batch->records.push_back(records_[static_cast<size_t>(begin - 1 + i)]);
    batch->batch.records.push_back(batch->records.back()->published);
  }
  clock_.Trace("source ", batch->batch.source, ": publish ", begin, " x",
               count);
  calling_ = true;
  const int64_t call = ++call_;
  const bool lost =
      !healthy_ && clock_.chance().OneIn(schedule_.publish_answers_lost);
  if (lost) coverage_.Reached(Fault::kPublishAnswerLost);
  clock_.After(kAnswerTimeout, [this, call, stream = name_stream_] {
    Answered(call, stream, 0, std::nullopt);
  });
  push_.publish(std::move(batch),
                [this, call, lost, stream = name_stream_, end = begin + count](
                    const std::optional<PublishResult>& result) {
                  if (!lost) Answered(call, stream, end, result);
                });
}

void SimSource::Answered(int64_t call, int32_t stream, int64_t batch_end,
                         const std::optional<PublishResult>& result) {
  if (call != call_ || !calling_ || stream != name_stream_) return;
  calling_ = false;
  position_known_ =
      result.has_value() && result->outcome == ChainOutcome::kContinues;
  if (!result.has_value()) {
    clock_.After(kRetry, [this] { PublishNext(); });
    return;
  }
  clock_.Trace("source ", SourceName(name_stream_), ": told ",
               result->outcome == ChainOutcome::kContinues ? "accepted, "
               : result->outcome == ChainOutcome::kGap     ? "gap, "
                                                           : "diverged, ",
               result->next_position);
  // Push has more than this source ever wrote: only a source that has gone
  // back meets that, whatever was made of its batch.
  const bool push_is_ahead = result->next_position > end() + 1;
  if (result->outcome == ChainOutcome::kDiverged || push_is_ahead) {
    if (schedule_.sources_begin_anew) {
      NoteDivergence(result->next_position);
      return;
    }
    coverage_.Reached(Fault::kSourceDiverged);
    StartOver();
  } else {
    diverged_at_.reset();
    next_ = result->next_position;
    // What was asked about is vouched for, no more.
    if (result->outcome == ChainOutcome::kContinues) {
      Vouch(std::min(batch_end, next_));
    }
  }
  PublishNext();
}

void SimSource::Vouch(int64_t accepted_end) {
  for (int64_t position = 1; position < accepted_end; ++position) {
    const StreamEvent& event =
        records_[static_cast<size_t>(position - 1)]->event;
    const bool is_last =
        position + 1 == accepted_end ||
        records_[static_cast<size_t>(position)]->event.stream != event.stream;
    if (!is_last) continue;
    history_.published.push_back(
        {event.stream, event.position + 1, clock_.now()});
  }
}

void SimSource::Restore() {
  Chance& chance = clock_.chance();
  // One that tells all again has more than it has told.
  const int64_t newest = schedule_.sources_begin_anew ? end() + 1 : next_;
  if (newest < 3) return;
  const int64_t back_to = chance.Between(1, newest - 1);
  coverage_.Reached(Fault::kSourceRestored);
  clock_.Trace("source ", SourceName(name_stream_), ": restored to ", back_to);
  ++call_;  // Whatever is answered now is answered to nobody.
  calling_ = false;
  next_ = back_to;
  position_known_ = false;
  // A second time before push has noticed the first would only name the same
  // events differently.
  if (schedule_.sources_diverge &&
      (schedule_.sources_begin_anew || event_stream_ == name_stream_) &&
      chance.OneIn(2)) {
    Diverge(back_to);
  }
  PublishNext();
}

void SimSource::Diverge(int64_t back_to) {
  if (schedule_.sources_begin_anew) {
    for (int64_t position = end(); position >= back_to; --position) {
      const StreamEvent& lost =
          records_[static_cast<size_t>(position - 1)]->event;
      history_.streams_cut[lost.stream] = lost.position;
    }
  }
  records_.resize(static_cast<size_t>(back_to - 1));
  points_.resize(static_cast<size_t>(back_to));
  event_stream_ = new_stream_();
  last_number_ = 0;
  if (schedule_.sources_begin_anew) {
    history_.source_of_stream[event_stream_] = name_stream_;
    rooms_ = {};
    for (const auto& record : records_) {
      SourceRecord again = *record;
      rooms_.Enter(again);
    }
  }
  AddRecord();
}

bool SimSource::HasPassed(const ChainPoint& point) const {
  return point.position <= end() + 1 &&
         points_[static_cast<size_t>(point.position - 1)] == point;
}

void SimSource::NoteDivergence(int64_t push_position) {
  coverage_.Reached(Fault::kSourceDiverged);
  if (std::exchange(diverged_at_, push_position) == push_position) {
    BeginAnew();
  } else {
    LookAfter(kDivergedPause);
  }
}

void SimSource::BeginAnew() {
  LookAfter(kAnswerTimeout);
  push_.get_history(
      name(), [this, call = call_](const std::optional<SourceHistory>& told) {
        if (call == call_ && told.has_value()) Restart(*told);
      });
}

void SimSource::Restart(const SourceHistory& history) {
  const auto passed = [this](const ChainPoint& point) {
    return HasPassed(point);
  };
  const auto left =
      std::find_if(history.left.begin(), history.left.end(), passed);
  const auto common =
      std::find_if(history.passed.begin(), history.passed.end(), passed);
  if (left != history.left.end() || common == history.passed.end() ||
      common->position > end()) {
    clock_.Trace("source ", name(), ": waits for an operator");
    return;
  }
  SimRestart restart = {.source = name(),
                        .incarnation = history.incarnation,
                        .common = *common,
                        .events = {}};
  for (int64_t position = common->position; position <= end(); ++position) {
    restart.events.insert(records_[static_cast<size_t>(position - 1)]->event);
  }
  clock_.Trace("source ", name(), ": begins anew, new from ", common->position);
  const bool lost =
      !healthy_ && clock_.chance().OneIn(schedule_.publish_answers_lost);
  if (lost) coverage_.Reached(Fault::kPublishAnswerLost);
  push_.restart(std::move(restart), [this, lost, call = call_](bool began) {
    if (began) {
      coverage_.Reached(Fault::kSourceRestarted);
      Chance& chance = clock_.chance();
      if (chance.OneIn(kRestoredAgainOneIn)) {
        clock_.After(chance.Between(Milliseconds(0), kRestoredAgainMax),
                     [this] {
                       if (!healthy_) Restore();
                     });
      }
    }
    if (lost || call != call_) return;
    if (began) diverged_at_.reset();
    LookAfter(kRetry);
  });
}

void SimSource::StartOver() {
  std::vector<std::shared_ptr<const SourceRecord>> records;
  std::swap(records, records_);
  points_ = {{}};
  if (event_stream_ == name_stream_) event_stream_ = new_stream_();
  name_stream_ = event_stream_;
  clock_.Trace("source: starts over as ", SourceName(name_stream_));
  next_ = 1;
  rooms_ = {};
  last_number_ = 0;
  // Those of the old stream are there already, up to where it was taken back.
  for (const auto& old : records) {
    if (old->event.stream != name_stream_) continue;
    // A copy: calls that nobody waits for any more may have the old one.
    auto record = std::make_shared<SourceRecord>(*old);
    record->published.event_json = record->json;
    rooms_.Enter(*record);
    Append(std::move(record));
    ++last_number_;
  }
}

}  // namespace causeway::push::simulation
