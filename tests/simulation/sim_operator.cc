#include "tests/simulation/sim_operator.h"

#include <algorithm>
#include <iterator>

#include "absl/time/time.h"

namespace causeway::push::simulation {

using absl::Seconds;

void SimOperator::Act() {
  const auto& queues = store_.tables().queues;
  if (queues.empty()) return;
  Chance& chance = clock_.chance();
  const auto queue = std::next(
      queues.begin(), static_cast<ptrdiff_t>(chance.Index(queues.size())));
  const AppserviceUid uid = queue->first;
  QueueSettings settings = queue->second.settings;
  const int64_t act = chance.Below(6);
  if (act == 0) {
    clock_.Trace("operator: skips the head of uid ", uid);
    store_.SkipHead(uid, clock_.now());
    return;
  }
  if (act <= 2) {
    settings.paused = !settings.paused;
  } else if (act <= 4) {
    DrawSettings(uid, settings);
  }  // Else it is "retry now".
  clock_.Trace("operator: changes uid ", uid,
               settings.paused ? ", paused" : "");
  store_.ChangeSettings(uid, settings, clock_.now());
}

void SimOperator::SetPolicy(AppserviceUid uid) {
  const auto row = store_.tables().queues.find(uid);
  if (row == store_.tables().queues.end()) return;
  QueueSettings settings = row->second.settings;
  DrawSettings(uid, settings);
  store_.ChangeSettings(uid, settings, clock_.now());
}

void SimOperator::DrawSettings(AppserviceUid uid, QueueSettings& settings) {
  Chance& chance = clock_.chance();
  const auto& forgetful = history_.last_id_appservices;
  const bool remembers =
      std::find(forgetful.begin(), forgetful.end(),
                history_.appservice_by_uid.at(uid)) == forgetful.end();
  settings.remembers_every_id = remembers && !chance.OneIn(4);
  settings.on_rejection = static_cast<OnRejection>(chance.Below(3));
  settings.rejections_max = static_cast<int32_t>(chance.Between(1, 4));
  settings.on_expiry = OnExpiry::kDeliver;
  if (chance.OneIn(schedule_.expiring)) {
    settings.on_expiry =
        chance.OneIn(2) ? OnExpiry::kDrop : OnExpiry::kQuarantine;
    settings.event_age_max = chance.Between(Seconds(2), Seconds(15));
  }
}

void SimOperator::ResumeAll() {
  // A copy: rows change meanwhile.
  const auto queues = store_.tables().queues;
  for (const auto& [uid, row] : queues) {
    if (!row.settings.paused) continue;
    QueueSettings settings = row.settings;
    settings.paused = false;
    store_.ChangeSettings(uid, settings, clock_.now());
  }
}

void SimOperator::GiveUpBlocked(
    const std::function<bool(AppserviceUid)>& blocked) {
  const auto queues = store_.tables().queues;
  for (const auto& [uid, row] : queues) {
    if (!blocked(uid)) continue;
    clock_.Trace("operator: gives up what can't be made again of uid ", uid);
    store_.SkipHead(uid, clock_.now());
  }
}

}  // namespace causeway::push::simulation
