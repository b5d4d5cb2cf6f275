#include "tests/simulation/sim_upstream.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/push_dispatcher/store/ingest_store.h"
#include "services/shared/matrix/token.h"

namespace causeway::push::simulation {
namespace {

using absl::Milliseconds;

constexpr int64_t kEventsAtOnceMax = 4;
constexpr int64_t kTransactionEventsMax = 8;
constexpr int64_t kChangedOneIn = 4;
constexpr int64_t kBegunAnewOneIn = 25;
constexpr absl::Duration kPauseMax = Milliseconds(1500);
constexpr absl::Duration kAnswerTimeout = absl::Seconds(4);
constexpr absl::Duration kRetry = Milliseconds(400);

}  // namespace

SimUpstream::SimUpstream(int32_t stream, const Schedule& schedule,
                         SimClock& clock, Coverage& coverage, History& history,
                         SimSource::Publish publish)
    : stream_(stream),
      schedule_(schedule),
      clock_(clock),
      coverage_(coverage),
      history_(history),
      publish_(std::move(publish)) {
  history_.upstream_streams.insert(stream);
}

void SimUpstream::Start() { Generate(); }

void SimUpstream::Generate() {
  if (healthy_) return;
  Chance& chance = clock_.chance();
  for (int64_t i = chance.Between(1, kEventsAtOnceMax); i > 0; --i) {
    // It tells of no aliases.
    waiting_.push_back(rooms_.Draw({stream_, ++last_number_}, chance,
                                   /*with_aliases=*/false));
  }
  if (!calling_ && sending_.empty()) SendNext();
  clock_.After(chance.Between(Milliseconds(150), kPauseMax),
               [this] { Generate(); });
}

void SimUpstream::SendNext() {
  if (waiting_.empty()) return;
  Chance& chance = clock_.chance();
  const auto count = std::min<int64_t>(chance.Between(1, kTransactionEventsMax),
                                       static_cast<int64_t>(waiting_.size()));
  sending_.assign(waiting_.begin(), waiting_.begin() + count);
  waiting_.erase(waiting_.begin(), waiting_.begin() + count);
  if (!healthy_ && txn_number_ > 0 && chance.OneIn(kBegunAnewOneIn)) {
    coverage_.Reached(Fault::kTransactionIdsBegunAnew);
    txn_number_ = 0;
  }
  ++txn_number_;
  Send();
}

void SimUpstream::Send() {
  auto batch = std::make_shared<SimBatch>();
  batch->batch.source = absl::StrCat("u", stream_);
  batch->named = true;
  UpstreamTransaction transaction = {.txn_id = absl::StrCat("t", txn_number_),
                                     .body_sha256 = {},
                                     .event_keys = {}};
  std::string body;
  for (const auto& record : sending_) {
    batch->records.push_back(record);
    batch->batch.records.push_back(record->published);
    transaction.event_keys.push_back(
        matrix::Sha256(record->json).substr(0, kEventKeyBytes));
    absl::StrAppend(&body, record->json, ",");
  }
  transaction.body_sha256 = matrix::Sha256(body);
  clock_.Trace("upstream ", batch->batch.source, ": ", transaction.txn_id, " ",
               body);
  batch->batch.upstream = std::move(transaction);
  calling_ = true;
  const int64_t call = ++call_;
  const bool lost =
      !healthy_ && clock_.chance().OneIn(schedule_.publish_answers_lost);
  if (lost) coverage_.Reached(Fault::kPublishAnswerLost);
  clock_.After(kAnswerTimeout, [this, call] { Answered(call, std::nullopt); });
  publish_(std::move(batch),
           [this, call, lost](const std::optional<PublishResult>& result) {
             if (!lost) {
               Answered(call, result);
             } else if (clock_.chance().OneIn(2)) {
               // The connection broke: it needn't wait.
               Answered(call, std::nullopt);
             }
           });
}

void SimUpstream::Answered(int64_t call,
                           const std::optional<PublishResult>& result) {
  if (call != call_ || !calling_) return;
  calling_ = false;
  if (result.has_value()) {
    TransactionAnswer answer = {.events = {}, .time = clock_.now()};
    for (const auto& record : sending_) answer.events.push_back(record->event);
    history_.transactions.push_back(std::move(answer));
    sending_.clear();
    SendNext();
    return;
  }
  clock_.After(kRetry, [this] {
    if (!healthy_ && !waiting_.empty() &&
        clock_.chance().OneIn(kChangedOneIn)) {
      coverage_.Reached(Fault::kTransactionChanged);
      sending_.insert(sending_.end(), waiting_.begin(), waiting_.end());
      waiting_.clear();
    } else {
      coverage_.Reached(Fault::kTransactionRepeated);
    }
    Send();
  });
}

}  // namespace causeway::push::simulation
