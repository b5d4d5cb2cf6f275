// push_dispatcher: durable, ordered, retried delivery to application services.
// Wiring only; README.md tells the flow.

#include <atomic>
#include <memory>
#include <string>
#include <utility>

#include "absl/random/random.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "causeway/push/v1/push.grpc.pb.h"
#include "services/push_dispatcher/core/ephemeral_item.h"
#include "services/push_dispatcher/delivery/committed_batch.h"
#include "services/push_dispatcher/delivery/delivery_loop.h"
#include "services/push_dispatcher/delivery/lease_keeper.h"
#include "services/push_dispatcher/delivery/queue_word.h"
#include "services/push_dispatcher/delivery/replica_waker.h"
#include "services/push_dispatcher/delivery/segment_cache.h"
#include "services/push_dispatcher/delivery/sweeper.h"
#include "services/push_dispatcher/event_explainer.h"
#include "services/push_dispatcher/ingest/ephemeral_router.h"
#include "services/push_dispatcher/ingest/ingest.h"
#include "services/push_dispatcher/migrations.h"
#include "services/push_dispatcher/owner_inquiry.h"
#include "services/push_dispatcher/push_flags.h"
#include "services/push_dispatcher/push_metrics.h"
#include "services/push_dispatcher/push_operator_service.h"
#include "services/push_dispatcher/push_service.h"
#include "services/push_dispatcher/queue_watch_feed.h"
#include "services/push_dispatcher/range_replayer.h"
#include "services/push_dispatcher/store/postgres_ingest_store.h"
#include "services/push_dispatcher/store/postgres_lease_store.h"
#include "services/push_dispatcher/store/postgres_operator_store.h"
#include "services/push_dispatcher/store/postgres_queue_store.h"
#include "services/push_dispatcher/store/push_pool.h"
#include "services/shared/appservice_client/curl_appservice_client.h"
#include "services/shared/clock/clock.h"
#include "services/shared/matrix/token.h"
#include "services/shared/postgres/migrations.h"
#include "services/shared/postgres/pool.h"
#include "services/shared/postgres/pool_metrics.h"
#include "services/shared/registry_watch/latest_snapshot.h"
#include "services/shared/registry_watch/registry_watcher.h"
#include "services/shared/registry_watch/watch_metrics.h"
#include "services/shared/server/channel.h"
#include "services/shared/server/process.h"
#include "services/shared/server/process_flags.h"

namespace causeway::push {
namespace {

constexpr char kSchema[] = "push_dispatcher";

// Ingest, reading queues, writing heads, leases, sweeping, and one to spare.
constexpr int kLoopConnections = 6;

// Within the drain timeout of 10 s; what isn't answered by then is sent again
// by the next owner, with the same bytes.
constexpr absl::Duration kDrainTimeout = absl::Seconds(5);

int Run(int argc, char** argv) {
  server::Process::Options process_options = server::ParseFlags(
      argc, argv,
      {.service = "push_dispatcher",
       .description =
           "Takes events over from sources and delivers them to the "
           "application services that they concern: durably, in order, and "
           "again with the same bytes until they are acknowledged.",
       .grpc_listen = "127.0.0.1:7103",
       .http_listen = "127.0.0.1:9103"});
  const PushOptions options = OptionsFromFlags();
  const RealClock clock;

  server::Process process(std::move(process_options));
  PushMetrics metrics(process.metrics_registry());
  postgres::PoolMetrics pool_metrics(process.metrics_registry());
  registry_watch::WatchMetrics watch_metrics(process.metrics_registry());
  // Apart, so that no operator's question makes a lease or an event wait.
  postgres::Pool loop_pool(PushPoolOptions(options.conninfo, kLoopConnections),
                           &pool_metrics);
  postgres::Pool call_pool(
      PushPoolOptions(options.conninfo,
                      options.database_connections_max - kLoopConnections),
      &pool_metrics);
  PostgresIngestStore ingest_store(loop_pool);
  PostgresIngestStore source_store(call_pool);
  PostgresQueueStore queue_store(loop_pool);
  PostgresLeaseStore lease_store(loop_pool);
  PostgresOperatorStore sweep_store(loop_pool);
  PostgresOperatorStore operator_store(call_pool);
  PostgresQueueStore explained_store(call_pool);

  registry_watch::LatestSnapshot registry;  // As the registry tells it.
  registry_watch::LatestSnapshot applied;   // As it is in force here.
  SegmentCache segments(options.segment_cache_bytes);
  absl::BitGen random;
  ReplicaWaker waker(process.ChannelTo("push_dispatcher"));
  DeliveryLoop loop(
      options.delivery,
      {.store = queue_store,
       .segments = segments,
       .client = std::make_unique<appservice_client::CurlAppserviceClient>(
           options.appservice_client, clock),
       .registry = registry,
       .secret_box = options.secret_box,
       .clock = clock,
       .random = random,
       .metrics = metrics,
       .wake_others =
           [&](absl::Span<const QueueWord> words) { waker.Wake(words); },
       .hand_over_ephemeral =
           [&](AppserviceUid uid, const EphemeralItems& items) {
             if (!waker.HandOver(uid, items)) {
               metrics.EphemeralLost(static_cast<int64_t>(items.size()));
             }
           }});
  Ingest* ingest_to_forget = nullptr;
  std::atomic<bool> name_lost = false;
  LeaseKeeper leases(options.leases,
                     {.name = options.replica_name,
                      .incarnation = matrix::RandomHexToken(),
                      .grpc_address = ""},
                     lease_store, loop, waker, clock, metrics,
                     {.store_went_back =
                          [&] {
                            segments.Clear();
                            ingest_to_forget->ForgetAll();
                          },
                      .name_lost =
                          [&] {
                            name_lost = true;
                            process.RequestShutdown();
                          }});
  EphemeralRouter ephemeral(source_store, applied, clock,
                            [&](AppserviceUid uid, EphemeralItems items) {
                              loop.PostToOwner(uid, std::move(items));
                            });
  Ingest ingest({}, ingest_store, registry, applied, clock, metrics,
                {.committed =
                     [&](const IngestBatch& batch, bool saturated) {
                       ephemeral.Committed(batch);
                       OfferToQueues(batch, saturated, clock.Now(), segments,
                                     loop);
                     },
                 .commit_failed = [&] { leases.OweWakes(); },
                 .registry_applied =
                     [&](const AppliedRegistry& change, bool may_have_gone) {
                       if (may_have_gone) loop.LoseUnregistered();
                       if (!change.created.empty()) leases.Kick();
                     }});
  ingest_to_forget = &ingest;  // The keeper isn't started yet.
  PushService push_service(ingest, source_store, ephemeral, loop, applied,
                           clock, process.executor(),
                           {.queues_handed_over = [&] { leases.Kick(); }});
  OwnerInquiry owners([&](AppserviceUid uid) { return loop.Status(uid); },
                      [&](const std::string& name) { return waker.Find(name); },
                      clock);
  EventExplainer explainer(operator_store, source_store, explained_store,
                           applied);
  QueueWatchFeed watch_feed(
      {}, operator_store,
      [&](absl::Span<const QueueSummary> queues) {
        return owners.Show(queues);
      },
      clock);
  RangeReplayer range_replayer({}, operator_store, source_store, applied, clock,
                               [&] { leases.Kick(); });
  PushOperatorService operator_service(
      {.queue_changed = [&] { leases.Kick(); }}, operator_store, owners,
      explainer, watch_feed, range_replayer, clock, process.executor());

  process.AddService(push_service, v1::PushDispatcher::service_full_name());
  process.AddService(operator_service, v1::PushOperator::service_full_name());
  process.AddReadinessCheck("database", [&] { return call_pool.Check(); });
  process.AddReadinessCheck("registry",
                            [&] { return ingest.RegistryStatus(); });
  process.AddReadinessCheck("leases", [&] { return leases.Status(); });
  process.AddDrainHook([&] {
    watch_feed.Stop();
    leases.Stop();
    leases.Leave();
    loop.Drain(kDrainTimeout);
    leases.Release();
  });
  if (absl::Status started = process.Start(); !started.ok()) {
    return process.StopAfter(started);
  }
  if (absl::Status migrated =
          postgres::WaitUntilMigrated(options.conninfo, kSchema, Migrations(),
                                      process.shutdown_requested());
      !migrated.ok()) {
    return process.StopAfter(migrated);
  }
  leases.Start(options.advertised_grpc_address.empty()
                   ? process.grpc_address()
                   : options.advertised_grpc_address);
  Sweeper sweeper(options.sweeper, sweep_store, loop, clock, metrics);
  registry_watch::RegistryWatcher watcher(
      {.with_secrets = true},
      server::MakeChannel(options.registry, process.ChannelTo("registry")),
      clock, registry, watch_metrics);
  const int exit_code = process.WaitForShutdown();
  return name_lost ? 1 : exit_code;
}

}  // namespace
}  // namespace causeway::push

int main(int argc, char** argv) { return causeway::push::Run(argc, argv); }
