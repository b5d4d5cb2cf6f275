#include "tests/simulation/sim_operator.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "services/push_dispatcher/store/queue_act.h"
#include "tests/simulation/sim_body.h"

namespace causeway::push::simulation {
namespace {

using absl::Seconds;

constexpr absl::Duration kBetweenBatches = absl::Milliseconds(30);
constexpr int64_t kMoveToNowOneIn = 3;

// What a quarantined transaction has, by its own bytes.
std::vector<Replay::Event> EventsIn(absl::string_view body) {
  const SimBody parsed = ParseSimBody(body);
  std::vector<Replay::Event> events;
  for (const StreamEvent& event : parsed.events_alone) {
    events.push_back({event, false});
  }
  for (const StreamEvent& message : parsed.messages) {
    events.push_back({message, true});
  }
  return events;
}

}  // namespace

Fault SimOperator::Act() {
  const auto& queues = store_.tables().queues;
  if (queues.empty()) return Fault::kOperatorAct;
  Chance& chance = clock_.chance();
  const auto queue = std::next(
      queues.begin(), static_cast<ptrdiff_t>(chance.Index(queues.size())));
  const AppserviceUid uid = queue->first;
  const bool paused = queue->second.settings.paused;
  if (chance.Below(100) < schedule_.replays) {
    if (chance.OneIn(2) && ReplayQuarantined()) return Fault::kReplay;
    if (ReplayRange(uid)) return Fault::kRangeReplay;
  }
  const int64_t act = chance.Below(6);
  if (act == 0 && chance.OneIn(kMoveToNowOneIn)) {
    clock_.Trace("operator: moves uid ", uid, " to now");
    store_.Act(uid, MoveToNow(), clock_.now());
    return Fault::kMoveToNow;
  }
  if (act == 0) {
    SkipHead(uid);
  } else if (act <= 2) {
    clock_.Trace("operator: ", paused ? "resumes" : "pauses", " uid ", uid);
    store_.Act(uid, paused ? QueueAct(ResumeQueue()) : PauseQueue(),
               clock_.now());
  } else if (act <= 4) {
    SetPolicy(uid);
  } else {
    clock_.Trace("operator: retries uid ", uid);
    store_.Act(uid, RetryHead(), clock_.now());
  }
  return Fault::kOperatorAct;
}

void SimOperator::SkipHead(AppserviceUid uid) {
  const auto& sealed = store_.tables().queues.at(uid).head.sealed;
  if (sealed.empty()) return;
  const std::string txn_id = sealed.front().txn_id;
  clock_.Trace("operator: skips ", txn_id, " of uid ", uid);
  store_.Act(uid, SkipTransaction{txn_id}, clock_.now());
}

bool SimOperator::ReplayQuarantined() {
  std::vector<const KeptTransaction*> quarantined;
  for (const KeptTransaction& kept : store_.tables().set_aside) {
    const SetAsideTransaction& transaction = kept.record.transaction;
    if (store_.tables().queues.contains(kept.uid) &&
        kept.record.body != nullptr && !transaction.replay_time.has_value()) {
      quarantined.push_back(&kept);
    }
  }
  if (quarantined.empty()) return false;
  const KeptTransaction& kept =
      *quarantined[clock_.chance().Index(quarantined.size())];
  const AppserviceUid uid = kept.uid;
  const std::string txn_id = kept.record.transaction.sealed.txn_id;
  clock_.Trace("operator: replays ", txn_id, " of uid ", uid);
  Replay replay;
  replay.txn_id = txn_id;
  replay.events = EventsIn(*kept.record.body);
  store_.Act(uid, ReplayTransaction{txn_id}, clock_.now(), new_stream_(),
             std::move(replay));
  return true;
}

bool SimOperator::ReplayRange(AppserviceUid uid) {
  const auto from = ranges_.Draw(uid, clock_.chance());
  if (!from.has_value()) return false;
  ReplayFrom(uid, *from);
  return true;
}

// One batch after the other, until the range is through or the store isn't what
// it was.
void SimOperator::ReplayFrom(AppserviceUid uid, SimRange::Cursor from) {
  const size_t restores = history_.restores.size();
  SimRange::Batch batch = ranges_.Next(uid, from);
  if (!batch.act.events.empty() || !batch.expected.empty()) {
    if (fault_ == PlantedFault::kReplayWithoutMessages) {
      ReplayEvents without = {.detail = batch.act.detail, .events = {}};
      for (size_t i = 0; i < batch.act.events.size(); ++i) {
        if (batch.act.to_device.Contains(i)) continue;
        without.events.push_back(batch.act.events[i]);
      }
      batch.act = std::move(without);
    }
    clock_.Trace("operator: replays ", batch.act.detail, " for uid ", uid);
    Replay replay;
    replay.events = std::move(batch.expected);
    store_.Act(uid, batch.act, clock_.now(), new_stream_(), std::move(replay));
  }
  if (!batch.next.has_value()) return;
  clock_.After(kBetweenBatches, [this, uid, next = *batch.next, restores] {
    if (history_.restores.size() == restores) ReplayFrom(uid, next);
  });
}

void SimOperator::SetPolicy(AppserviceUid uid) {
  if (!store_.tables().queues.contains(uid)) return;
  clock_.Trace("operator: another policy for uid ", uid);
  store_.Act(uid, push::SetPolicy{DrawPolicy(uid)}, clock_.now());
}

QueueSettings SimOperator::DrawPolicy(AppserviceUid uid) {
  Chance& chance = clock_.chance();
  const auto& forgetful = history_.last_id_appservices;
  const bool remembers =
      std::find(forgetful.begin(), forgetful.end(),
                history_.appservice_by_uid.at(uid)) == forgetful.end();
  QueueSettings settings;
  settings.remembers_every_id = remembers && !chance.OneIn(4);
  settings.on_rejection = static_cast<OnRejection>(chance.Below(3));
  settings.rejections_max = static_cast<int32_t>(chance.Between(1, 4));
  settings.on_expiry = OnExpiry::kDeliver;
  if (chance.OneIn(schedule_.expiring)) {
    settings.on_expiry =
        chance.OneIn(2) ? OnExpiry::kDrop : OnExpiry::kQuarantine;
    settings.event_age_max = chance.Between(Seconds(2), Seconds(15));
  }
  return settings;
}

void SimOperator::ResumeAll() {
  // A copy: rows change meanwhile.
  const auto queues = store_.tables().queues;
  for (const auto& [uid, row] : queues) {
    if (row.settings.paused) store_.Act(uid, ResumeQueue(), clock_.now());
  }
}

void SimOperator::GiveUpBlocked(
    const std::function<bool(AppserviceUid)>& blocked) {
  const auto queues = store_.tables().queues;
  for (const auto& [uid, row] : queues) {
    if (blocked(uid)) SkipHead(uid);
  }
}

}  // namespace causeway::push::simulation
