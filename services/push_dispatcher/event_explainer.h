#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_EVENT_EXPLAINER_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_EVENT_EXPLAINER_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "causeway/push/v1/push.pb.h"
#include "services/push_dispatcher/core/queue_head.h"
#include "services/push_dispatcher/event_search.h"
#include "services/push_dispatcher/store/ingest_store.h"
#include "services/push_dispatcher/store/operator_store.h"
#include "services/push_dispatcher/store/queue_store.h"
#include "services/shared/registry_watch/latest_snapshot.h"

namespace causeway::push {

// Tells why an event concerns an application service, or why not, by the code
// that ingest decides it with (core/interest.h).
//
// Thread-safe. Calls block.
class EventExplainer {
 public:
  // All must outlive this. `applied` has the registrations in force.
  EventExplainer(OperatorStore& operators, IngestStore& rooms,
                 QueueStore& queues,
                 const registry_watch::LatestSnapshot& applied)
      : operators_(operators),
        rooms_(rooms),
        queues_(queues),
        applied_(applied) {}

  // As the contract says. INVALID_ARGUMENT, NOT_FOUND.
  absl::StatusOr<v1::ExplainResponse> Explain(
      const v1::ExplainRequest& request);

 private:
  // Of an event that is given with the question.
  absl::StatusOr<v1::ExplainResponse> ExplainGiven(
      const v1::ExplainRequest& request);
  // Which rules apply now.
  absl::Status ExplainInterest(const StoredEvent& event,
                               const std::string& appservice_id,
                               v1::ExplainResponse& response);
  // What was decided when it came, and became of it since.
  absl::Status ExplainState(const StoredEvent& event, AppserviceUid uid,
                            const std::string& appservice_id,
                            v1::ExplainResponse& response);
  absl::StatusOr<bool> IsQueued(const StoredEvent& event, AppserviceUid uid);

  OperatorStore& operators_;
  IngestStore& rooms_;
  QueueStore& queues_;
  const registry_watch::LatestSnapshot& applied_;
};

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_EVENT_EXPLAINER_H_
