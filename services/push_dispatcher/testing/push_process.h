#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_TESTING_PUSH_PROCESS_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_TESTING_PUSH_PROCESS_H_

#include <prometheus/registry.h>

#include <functional>
#include <memory>
#include <string>

#include "absl/random/random.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "services/push_dispatcher/core/ephemeral_item.h"
#include "services/push_dispatcher/core/queue_head.h"
#include "services/push_dispatcher/delivery/delivery_loop.h"
#include "services/push_dispatcher/delivery/lease_keeper.h"
#include "services/push_dispatcher/delivery/queue_word.h"
#include "services/push_dispatcher/delivery/replica_waker.h"
#include "services/push_dispatcher/delivery/segment_cache.h"
#include "services/push_dispatcher/ingest/ephemeral_router.h"
#include "services/push_dispatcher/ingest/ingest.h"
#include "services/push_dispatcher/ingest/publish_batch.h"
#include "services/push_dispatcher/push_metrics.h"
#include "services/push_dispatcher/store/push_stores.h"
#include "services/shared/clock/clock.h"
#include "services/shared/registry_watch/latest_snapshot.h"
#include "services/shared/registry_watch/registry_snapshot.h"
#include "services/shared/secrets/secret_box.h"

namespace causeway::push {

// The key that test registrations' hs_tokens are sealed with.
const secrets::SecretBox& TestSecretBox();
// "T_h", sealed for the registration with that uid.
std::string SealedHsToken(absl::string_view uid);

// One process of push_dispatcher as main.cc wires it, but for gRPC and the
// registry's stream. To destroy it is to kill it: nothing is finished, flushed
// or given back.
class PushProcess {
 public:
  struct Options {
    std::string replica_name = "a";
    DeliveryLoop::Options loop = {
        .delivery = {.backoff = {.min = absl::Milliseconds(10),
                                 .max = absl::Milliseconds(50)},
                     .store_retry = absl::Milliseconds(20)},
        .cutter = {},
        .sender = {.attempt_timeout = absl::Seconds(10)}};
    LeaseKeeper::Options leases = {};
    // Null: libcurl.
    std::unique_ptr<appservice_client::AppserviceClient> client = nullptr;
    std::function<void()> name_lost = [] {};
    // Null: the replicas that the store knows.
    std::function<void(absl::Span<const QueueWord>)> wake_others = nullptr;
    std::function<void(AppserviceUid, const EphemeralItems&)>
        hand_over_ephemeral = nullptr;
  };

  PushProcess(Options options, PushStores stores);

  // The registry tells of a revision. Returns when it is in force.
  void SetRegistry(
      std::shared_ptr<const registry_watch::RegistrySnapshot> snapshot);

  // Waits for the answer.
  absl::StatusOr<PublishResult> Publish(PublishBatch batch);

  DeliveryLoop& loop() { return *loop_; }
  LeaseKeeper& leases() { return leases_; }
  Ingest& ingest() { return ingest_; }
  EphemeralRouter& ephemeral() { return ephemeral_; }
  registry_watch::LatestSnapshot& applied() { return applied_; }
  PushMetrics& metrics() { return metrics_; }
  const prometheus::Registry& metrics_registry() const {
    return metrics_registry_;
  }

 private:
  PushStores stores_;
  RealClock clock_;
  prometheus::Registry metrics_registry_;
  PushMetrics metrics_;
  registry_watch::LatestSnapshot registry_;
  registry_watch::LatestSnapshot applied_;
  SegmentCache segments_;
  absl::BitGen random_;
  ReplicaWaker waker_;
  std::unique_ptr<DeliveryLoop> loop_;
  EphemeralRouter ephemeral_;
  LeaseKeeper leases_;
  Ingest ingest_;
};

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_TESTING_PUSH_PROCESS_H_
