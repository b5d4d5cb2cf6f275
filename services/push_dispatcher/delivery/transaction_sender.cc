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
      secret_box_(secret_box),
      clock_(clock),
      metrics_(metrics),
      answer_(std::move(answer)) {}

void TransactionSender::Perform(AppserviceUid uid, Send effect) {
  const std::string uid_text = absl::StrCat(uid);
  const auto snapshot = registry_.Snapshot();
  const registry_watch::Registration* registration =
      snapshot->FindByUid(uid_text);
  if (registration == nullptr || registration->url.empty()) {
    answer_(uid, {.ticket = effect.ticket,
                  .outcome = AttemptOutcome::kFailed,
                  .error = "it is not registered with a URL"});
    return;
  }
  absl::StatusOr<std::string> hs_token =
      secret_box_.Open(registration->hs_token_sealed, uid_text);
  if (!hs_token.ok()) {
    answer_(uid,
            {.ticket = effect.ticket,
             .outcome = AttemptOutcome::kFailed,
             .error = absl::StrCat("hs_token: ", hs_token.status().message())});
    return;
  }
  const absl::Duration start = clock_.MonotonicNow();
  AnswerSecrets secrets = {.hs_token = *hs_token,
                           .as_token_sha256 = registration->as_token_sha256};
  client_.Send(
      AppserviceRequest{.appservice_uid = uid_text,
                        .url = registration->url,
                        .hs_token = *std::move(hs_token),
                        .dialect = registration->dialect,
                        .route = appservice_client::Route::kTransactions,
                        .id = effect.sealed.txn_id,
                        .body = std::move(effect.body),
                        .timeout = options_.attempt_timeout,
                        .request_id = effect.sealed.txn_id},
      [this, uid, ticket = effect.ticket, start, secrets = std::move(secrets)](
          absl::StatusOr<AppserviceResponse> answer) {
        AttemptFinished attempt = JudgeAnswer(answer);
        if (answer.ok() && attempt.outcome != AttemptOutcome::kDelivered) {
          attempt.answer_excerpt = AnswerExcerpt(answer->body, secrets);
        }
        attempt.ticket = ticket;
        metrics_.TransactionFinished(attempt.outcome,
                                     clock_.MonotonicNow() - start);
        answer_(uid, std::move(attempt));
      });
}

}  // namespace causeway::push
