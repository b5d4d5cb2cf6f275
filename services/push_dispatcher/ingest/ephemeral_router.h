#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_INGEST_EPHEMERAL_ROUTER_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_INGEST_EPHEMERAL_ROUTER_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "services/push_dispatcher/core/ephemeral_item.h"
#include "services/push_dispatcher/core/queue_head.h"
#include "services/push_dispatcher/store/ingest_store.h"
#include "services/shared/clock/clock.h"
#include "services/shared/registry_watch/latest_snapshot.h"

namespace causeway::push {

// Whom ephemeral data concerns: of those that asked for it, as push.proto says.
//
// It goes by rooms and registrations of its own, apart from ingest's threads
// and connection. What this process takes in counts from the commit on. What
// others take in, or a commit of which nobody knew whether it took place, does
// kKnownFor later at the latest.
//
// Thread-safe.
class EphemeralRouter {
 public:
  static constexpr absl::Duration kKnownFor = absl::Seconds(10);

  // Takes what one queue is to get. Quick.
  using Deliver = std::function<void(AppserviceUid, EphemeralItems)>;

  // All must outlive the router. `applied` has the registrations in force.
  EphemeralRouter(IngestStore& store,
                  const registry_watch::LatestSnapshot& applied,
                  const Clock& clock, Deliver deliver);
  ~EphemeralRouter();

  // Blocks. UNAVAILABLE: the database is away; nothing was delivered.
  absl::Status Route(const std::string& source, const EphemeralItems& items)
      ABSL_LOCKS_EXCLUDED(mu_);

  // This process has taken it in. Quick.
  void Committed(const IngestBatch& batch) ABSL_LOCKS_EXCLUDED(mu_);

 private:
  struct Known;

  std::shared_ptr<Known> GetKnown() ABSL_LOCKS_EXCLUDED(mu_);
  // Makes the rooms of `items` known.
  absl::Status LoadRooms(const std::string& source, const EphemeralItems& items,
                         Known& known);

  IngestStore& store_;
  const registry_watch::LatestSnapshot& applied_;
  const Clock& clock_;
  const Deliver deliver_;

  absl::Mutex mu_;
  std::shared_ptr<Known> known_ ABSL_GUARDED_BY(mu_);
};

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_INGEST_EPHEMERAL_ROUTER_H_
