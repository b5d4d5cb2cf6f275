#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_DELIVERY_TRANSACTION_SENDER_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_DELIVERY_TRANSACTION_SENDER_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "services/push_dispatcher/core/delivery_effects.h"
#include "services/push_dispatcher/core/delivery_events.h"
#include "services/push_dispatcher/core/queue_head.h"
#include "services/push_dispatcher/push_metrics.h"
#include "services/shared/appservice_client/appservice_client.h"
#include "services/shared/clock/clock.h"
#include "services/shared/registry_watch/latest_snapshot.h"
#include "services/shared/registry_watch/request_maker.h"
#include "services/shared/secrets/secret_box.h"

namespace causeway::push {

// Performs the effects that send: one PUT of a transaction, to the URL and in
// the dialect that the application service has registered last, with its
// hs_token, which is opened for the purpose and forgotten when it is answered.
// Source: https://spec.matrix.org/v1.17/application-service-api/#put_matrixappv1transactionstxnid
//
// Thread-safe.
class TransactionSender {
 public:
  // How an effect is answered. Called on a thread of the client's, or at once.
  using Answer = std::function<void(AppserviceUid, AttemptFinished)>;

  struct Options {
    // Of one attempt. Services that bridge to slow networks answer late.
    absl::Duration attempt_timeout = absl::Seconds(60);
    // Of one with ephemeral data alone.
    absl::Duration ephemeral_timeout = absl::Seconds(5);
  };

  // All must outlive the sender, and `client` must have ended before `answer`
  // can't be called any more.
  TransactionSender(Options options,
                    appservice_client::AppserviceClient& client,
                    const registry_watch::LatestSnapshot& registry,
                    const secrets::SecretBox& secret_box, const Clock& clock,
                    PushMetrics& metrics, Answer answer);

  void Perform(AppserviceUid uid, Send effect);
  void Perform(AppserviceUid uid, SendEphemeral effect);
  void Perform(CancelAttempt effect);

 private:
  // What of it differs.
  struct Attempt {
    Ticket ticket = 0;
    std::string txn_id;
    std::shared_ptr<const std::string> body;
    absl::Duration timeout;
    std::function<void(AttemptOutcome, absl::Duration)> finished;
  };

  void Put(AppserviceUid uid, Attempt attempt);

  const Options options_;
  appservice_client::AppserviceClient& client_;
  const registry_watch::LatestSnapshot& registry_;
  const registry_watch::RequestMaker requests_;
  const Clock& clock_;
  PushMetrics& metrics_;
  const Answer answer_;
};

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_DELIVERY_TRANSACTION_SENDER_H_
