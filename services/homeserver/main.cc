// The embedded homeserver: users, rooms, events.
//
//   flags -> the parts, by field (wiring/) -> gRPC services

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "causeway/push/v1/push.grpc.pb.h"
#include "causeway/query/v1/query.grpc.pb.h"
#include "services/homeserver/accounts/postgres_user_store.h"
#include "services/homeserver/homeserver_flags.h"
#include "services/homeserver/migrations.h"
#include "services/homeserver/news/news_waiters.h"
#include "services/homeserver/rooms/history_sql.h"
#include "services/homeserver/rooms/room_metrics.h"
#include "services/homeserver/rooms/room_sql.h"
#include "services/homeserver/sent_txns/sent_txns.h"
#include "services/homeserver/sent_txns/sent_txns_loop.h"
#include "services/homeserver/stream/postgres_stream_source.h"
#include "services/homeserver/sync/long_poll.h"
#include "services/homeserver/wiring/account_parts.h"
#include "services/homeserver/wiring/ephemeral_parts.h"
#include "services/homeserver/wiring/grpc_services.h"
#include "services/homeserver/wiring/news_parts.h"
#include "services/homeserver/wiring/publishing_parts.h"
#include "services/homeserver/wiring/room_parts.h"
#include "services/homeserver/wiring/update_parts.h"
#include "services/shared/clock/clock.h"
#include "services/shared/postgres/connection.h"
#include "services/shared/postgres/migrations.h"
#include "services/shared/postgres/pool.h"
#include "services/shared/postgres/pool_metrics.h"
#include "services/shared/registry_watch/latest_snapshot.h"
#include "services/shared/registry_watch/registry_watcher.h"
#include "services/shared/registry_watch/watch_metrics.h"
#include "services/shared/server/channel.h"
#include "services/shared/server/process.h"
#include "services/shared/server/process_flags.h"
#include "services/shared/server/replicas.h"

namespace causeway::homeserver {
namespace {

constexpr char kSchema[] = "homeserver";

std::vector<postgres::PreparedStatement> Statements() {
  std::vector<postgres::PreparedStatement> statements = room_sql::Statements();
  for (const auto& more :
       {history_sql::Statements(), PostgresUserStore::Statements(),
        PostgresStreamSource::Statements()}) {
    statements.insert(statements.end(), more.begin(), more.end());
  }
  return statements;
}

int Run(int argc, char** argv) {
  server::Process::Options process_options = server::ParseFlags(
      argc, argv,
      {.service = "homeserver",
       .description =
           "A small Matrix homeserver for application services to run against: "
           "users, rooms and one event stream, without federation. Its stream "
           "is what the push dispatcher delivers.",
       .grpc_listen = "127.0.0.1:7104",
       .http_listen = "127.0.0.1:9104",
       // Most wait to be written with others (rooms/grouped_writes.h): the more
       // may wait, the larger the groups.
       .executor_threads = 64});
  const HomeserverOptions options = OptionsFromFlags();
  const RealClock clock;

  server::Process process(std::move(process_options));
  postgres::PoolMetrics pool_metrics(process.metrics_registry());
  postgres::Pool pool({.conninfo = options.conninfo,
                       .connections_max = options.database_connections_max,
                       .statements = Statements()},
                      &pool_metrics);
  registry_watch::LatestSnapshot registry;
  registry_watch::WatchMetrics watch_metrics(process.metrics_registry());
  registry_watch::RegistryWatcher watcher(
      {.with_secrets = false},
      server::MakeChannel(options.registry, process.ChannelTo("registry")),
      clock, registry, watch_metrics);
  const std::unique_ptr<query::v1::QueryProxy::StubInterface> query_proxy =
      query::v1::QueryProxy::NewStub(server::MakeChannel(
          options.query_proxy, process.ChannelTo("query_proxy")));

  const std::string source_name =
      absl::StrCat("homeserver:", options.server_name.str());
  server::Replicas<push::v1::PushDispatcher> push_dispatchers(
      server::MakeChannels(options.push_dispatchers,
                           process.ChannelTo("push_dispatcher")));
  PublishingParts publishing(pool, source_name, push_dispatchers,
                             process.metrics_registry(), clock);
  NewsWaiters waiters({});
  EphemeralParts ephemeral(push_dispatchers, source_name, waiters, clock);
  NewsParts news(pool, ephemeral.presence, waiters);
  AccountParts account(pool, options.server_name, *query_proxy, registry,
                       options.query_deadline, clock);
  RoomMetrics room_metrics(process.metrics_registry());
  const auto committed = [&] {
    room_metrics.Committed();
    publishing.loop.Wake();
    news.events.Wake();
  };
  RoomParts room(pool, options.server_name, *query_proxy, registry, account,
                 room_metrics, committed, clock);
  UpdateParts update(
      pool, ephemeral.publisher, room.history, [&] { news.updates.Wake(); },
      committed, clock);
  LongPoll long_poll(room.history, update.SourcesWith(ephemeral), waiters,
                     room_metrics, clock);
  GrpcServices services(options,
                        {.pool = pool,
                         .account = account,
                         .room = room,
                         .update = update,
                         .ephemeral = ephemeral,
                         .long_poll = long_poll,
                         .registry = registry,
                         .clock = clock},
                        process);

  absl::Notification migrated;  // The tables are as this release needs them.
  process.AddReadinessCheck("database", [&room, &migrated] {
    return migrated.HasBeenNotified()
               ? room.history.LastPosition().status()
               : absl::UnavailableError(
                     "its tables are not those of this release yet");
  });
  process.AddReadinessCheck("registry", [&registry, &options] {
    return CheckReadyFor(options.server_name.str(), registry);
  });
  // It knows another history of the stream: this may be the wrong database.
  process.AddReadinessCheck("stream", [&publishing] {
    const absl::Status health = publishing.publisher.health();
    return absl::IsFailedPrecondition(health) ? health : absl::OkStatus();
  });
  // While it is away, what people write waits in the stream.
  process.AddAdvisoryCheck("push_dispatcher", [&publishing] {
    const absl::Status health = publishing.publisher.health();
    return absl::IsFailedPrecondition(health) ? absl::OkStatus() : health;
  });
  process.AddDrainHook([&waiters, &services] {
    waiters.Drain();
    services.rooms.Drain();
  });
  if (absl::Status started = process.Start(); !started.ok()) {
    return process.StopAfter(started);
  }
  SentTxns sent_txns(options.sent_txns, pool);
  if (absl::Status status =
          postgres::WaitUntilMigrated(options.conninfo, kSchema, Migrations(),
                                      process.shutdown_requested());
      !status.ok()) {
    return process.StopAfter(status);
  }
  migrated.Notify();
  publishing.loop.Start();
  SentTxnsLoop sent_txns_loop(sent_txns, clock);
  return process.WaitForShutdown();
}

}  // namespace
}  // namespace causeway::homeserver

int main(int argc, char** argv) {
  return causeway::homeserver::Run(argc, argv);
}
