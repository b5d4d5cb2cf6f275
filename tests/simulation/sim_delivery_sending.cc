// What goes to application services.
#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "tests/simulation/sim_delivery.h"

namespace causeway::push::simulation {

using enum PlantedFault;

simulation::Put::Standing SimDelivery::StandingFor(AppserviceUid uid,
                                                   const std::string& txn_id,
                                                   bool is_ephemeral) const {
  // Who stood still goes on where it was, for a moment.
  if (clock_.now() > let_go_at_ && clock_.now() > process_.resumed_at()) {
    return Put::Standing::kOverdue;
  }
  const auto& queues = store_.tables().queues;
  const auto row = queues.find(uid);
  const auto runner = runners_.find(uid);
  if (row == queues.end() || runner == runners_.end()) {
    return Put::Standing::kOutdated;
  }
  const bool owns = row->second.owner == process_.name() &&
                    row->second.owner_incarnation == process_.incarnation() &&
                    row->second.epoch == runner->second.state.epoch &&
                    row->second.nonce == runner->second.state.nonce;
  if (!owns) {
    return renewed_at_ > row->second.changed_at ? Put::Standing::kUsurper
                                                : Put::Standing::kOutdated;
  }
  if (is_ephemeral) return Put::Standing::kOwner;
  auto is_txn = [&](const auto& record) { return record.txn_id == txn_id; };
  const auto& sealed = row->second.head.sealed;
  // Only who remembers a later state that a restore has undone takes the second
  // for the first.
  if (!history_.restores.empty() && !sealed.empty() &&
      !is_txn(sealed.front()) && !row->second.settings.remembers_every_id) {
    return Put::Standing::kOutdated;
  }
  if (std::any_of(sealed.begin(), sealed.end(), is_txn)) {
    return Put::Standing::kOwner;
  }
  // A late commit may have settled it, or a restore have undone its seal.
  const bool settled =
      std::any_of(history_.settled.begin(), history_.settled.end(), is_txn);
  return settled || !history_.restores.empty() ? Put::Standing::kOutdated
                                               : Put::Standing::kUnsealed;
}

std::function<void()> SimDelivery::Put(
    AppserviceUid uid, const std::string& txn_id,
    std::shared_ptr<const std::string> body,
    std::function<void(SimAppservice::Answer)> answer, bool is_ephemeral) {
  SimAppservice* appservice = find_appservice_(uid);
  if (appservice == nullptr) {
    process_.After(absl::ZeroDuration(), [answer = std::move(answer)] {
      answer({AttemptOutcome::kFailed, {}});
    });
    return [] {};
  }
  auto in_process = [this, start = process_.start(),
                     answer = std::move(answer)](SimAppservice::Answer result) {
    if (process_.start() != start) return;
    process_.In([answer, result] { answer(result); })();
  };
  const auto call =
      appservice->Put({.uid = uid,
                       .txn_id = txn_id,
                       .body = std::move(body),
                       .sender = process_.incarnation(),
                       .standing = StandingFor(uid, txn_id, is_ephemeral),
                       .is_ephemeral = is_ephemeral},
                      std::move(in_process));
  return [appservice, call] { appservice->Cancel(*call); };
}

void SimDelivery::Do(AppserviceUid uid, const Send& effect) {
  std::shared_ptr<const std::string> body = effect.body;
  if (fault_ == kRetryCoalesced &&
      (effect.attempt > 1 || runners_.at(uid).state.copies.front().inherited)) {
    const auto more = reader_.OneBehind(uid, effect.sealed);
    if (more.has_value()) {
      body = std::make_shared<const std::string>(
          absl::StrCat(body->substr(0, body->rfind("]}")), ",", *more, "]}"));
    }
  }
  auto send = [this, uid, effect, body] {
    auto cancel = Put(
        uid, effect.sealed.txn_id, body,
        [this, uid, ticket = effect.ticket](SimAppservice::Answer answer) {
          if (fault_ == kErrorTakenForSuccess &&
              answer.outcome == AttemptOutcome::kFailed) {
            answer.outcome = AttemptOutcome::kDelivered;
          }
          Tell(uid, AttemptFinished{ticket, answer.outcome, answer.retry_after,
                                    std::string(OutcomeName(answer.outcome))});
          if (fault_ != kHangingBlocksOthers) return;
          connection_busy_ = false;
          if (waiting_sends_.empty()) return;
          const auto next = std::move(waiting_sends_.front());
          waiting_sends_.pop_front();
          connection_busy_ = true;
          next();
        });
    const auto runner = runners_.find(uid);  // Gone, if the send had to wait.
    if (runner != runners_.end()) runner->second.cancel_attempt = cancel;
  };
  if (fault_ == kHangingBlocksOthers && connection_busy_) {
    waiting_sends_.push_back(send);
    return;
  }
  connection_busy_ = true;
  send();
}

void SimDelivery::Do(AppserviceUid uid, const SendEphemeral& effect) {
  Runner& runner = runners_.at(uid);
  if (fault_ == kEphemeralIdReused) --runner.state.ids_drawn;
  runner.cancel_attempt = Put(
      uid, effect.txn_id, effect.body,
      [this, uid, effect](SimAppservice::Answer answer) {
        if (fault_ == kEphemeralRetried &&
            answer.outcome != AttemptOutcome::kDelivered) {
          Put(
              uid, effect.txn_id, effect.body, [](auto) {}, true);
        }
        Tell(uid, AttemptFinished{effect.ticket,
                                  answer.outcome,
                                  {},
                                  std::string(OutcomeName(answer.outcome))});
      },
      /*is_ephemeral=*/true);
}

void SimDelivery::Do(AppserviceUid uid, const CancelAttempt&) {
  const Runner& runner = runners_.at(uid);
  if (fault_ == (runner.state.attempt_is_ephemeral ? kEphemeralNotCancelled
                                                   : kAttemptNotCancelled)) {
    return;
  }
  // Not from within a decision: it ends the attempt.
  clock_.After(absl::ZeroDuration(), runner.cancel_attempt);
}

}  // namespace causeway::push::simulation
