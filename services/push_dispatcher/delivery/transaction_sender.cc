#include "services/push_dispatcher/delivery/transaction_sender.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/push_dispatcher/delivery/answer_excerpt.h"
#include "services/push_dispatcher/delivery/attempt_outcome.h"

namespace causeway::push {

using appservice_client::AppserviceRequest;
using appservice_client::AppserviceResponse;

TransactionSender::TransactionSender(
    Options options, appservice_client::AppserviceClient& client,
    const registry_watch::LatestSnapshot& registry,
    const secrets::SecretBox& secret_box, const Clock& clock,
    PushMetrics& metrics, Answer answer)
    : options_(options),
      client_(client),
      registry_(registry),
      requests_(secret_box, clock),
      clock_(clock),
      metrics_(metrics),
      answer_(std::move(answer)) {}

void TransactionSender::Perform(AppserviceUid uid, Send effect) {
  Put(uid, {.ticket = effect.ticket,
            .txn_id = std::move(effect.sealed.txn_id),
            .body = std::move(effect.body),
            .timeout = options_.attempt_timeout,
            .finished = [this](AttemptOutcome outcome, absl::Duration elapsed) {
              metrics_.TransactionFinished(outcome, elapsed);
            }});
}

void TransactionSender::Perform(AppserviceUid uid, SendEphemeral effect) {
  Put(uid, {.ticket = effect.ticket,
            .txn_id = std::move(effect.txn_id),
            .body = std::move(effect.body),
            .timeout = options_.ephemeral_timeout,
            .finished = [this](AttemptOutcome outcome, absl::Duration) {
              metrics_.EphemeralFinished(outcome);
            }});
}

// No two runners' tickets are the same (DeliveryLoop).
void TransactionSender::Perform(CancelAttempt effect) {
  client_.Cancel(effect.ticket);
}

void TransactionSender::Put(AppserviceUid uid, Attempt attempt) {
  const auto snapshot = registry_.Snapshot();
  const registry_watch::Registration* registration =
      snapshot->FindByUid(absl::StrCat(uid));
  if (registration == nullptr || registration->url.empty()) {
    answer_(uid, {.ticket = attempt.ticket,
                  .outcome = AttemptOutcome::kFailed,
                  .error = "it is not registered with a URL"});
    return;
  }
  absl::StatusOr<AppserviceRequest> request = requests_.Make(*registration);
  if (!request.ok()) {
    answer_(uid, {.ticket = attempt.ticket,
                  .outcome = AttemptOutcome::kFailed,
                  .error = std::string(request.status().message())});
    return;
  }
  request->route = appservice_client::Route::kTransactions;
  request->id = attempt.txn_id;
  request->body = std::move(attempt.body);
  request->timeout = attempt.timeout;
  request->request_id = std::move(attempt.txn_id);
  request->cancel_id = attempt.ticket;
  const absl::Duration start = clock_.MonotonicNow();
  AnswerSecrets secrets = {.hs_token = request->hs_token,
                           .previous_hs_token = request->previous_hs_token,
                           .as_token_sha256 = registration->as_token_sha256};
  client_.Send(
      *std::move(request),
      [this, uid, start, secrets = std::move(secrets), ticket = attempt.ticket,
       tell_finished = std::move(attempt.finished)](
          absl::StatusOr<AppserviceResponse> answer) {
        AttemptFinished finished = JudgeAnswer(answer);
        if (answer.ok() && finished.outcome != AttemptOutcome::kDelivered) {
          finished.answer_excerpt = AnswerExcerpt(answer->body, secrets);
        }
        finished.ticket = ticket;
        tell_finished(finished.outcome, clock_.MonotonicNow() - start);
        answer_(uid, std::move(finished));
      });
}

}  // namespace causeway::push
