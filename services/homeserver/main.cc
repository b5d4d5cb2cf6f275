// The embedded homeserver: users, rooms, events.
// Wiring only; see rooms/rooms_service.h, accounts/accounts_service.h and
// ARCHITECTURE.md.

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "causeway/homeserver/v1/credentials.grpc.pb.h"
#include "causeway/homeserver/v1/homeserver.grpc.pb.h"
#include "causeway/homeserver/v1/keys.grpc.pb.h"
#include "causeway/homeserver/v1/media.grpc.pb.h"
#include "causeway/homeserver/v1/push_rules.grpc.pb.h"
#include "causeway/homeserver/v1/user_directory.grpc.pb.h"
#include "causeway/query/v1/query.grpc.pb.h"
#include "services/homeserver/account_data/postgres_account_data_store.h"
#include "services/homeserver/account_data/user_data.h"
#include "services/homeserver/accounts/accounts.h"
#include "services/homeserver/accounts/accounts_service.h"
#include "services/homeserver/accounts/credentials.h"
#include "services/homeserver/accounts/credentials_service.h"
#include "services/homeserver/accounts/filters.h"
#include "services/homeserver/accounts/grpc_user_querier.h"
#include "services/homeserver/accounts/known_callers.h"
#include "services/homeserver/accounts/postgres_filter_store.h"
#include "services/homeserver/accounts/postgres_user_store.h"
#include "services/homeserver/accounts/sessions.h"
#include "services/homeserver/accounts/user_discovery.h"
#include "services/homeserver/accounts/user_registration.h"
#include "services/homeserver/device_keys/device_keys.h"
#include "services/homeserver/device_keys/keys_service.h"
#include "services/homeserver/device_keys/postgres_device_key_store.h"
#include "services/homeserver/ephemeral/ephemeral_count.h"
#include "services/homeserver/ephemeral/ephemeral_publisher.h"
#include "services/homeserver/ephemeral/ephemeral_sink.h"
#include "services/homeserver/ephemeral/expiry_loop.h"
#include "services/homeserver/ephemeral/grpc_ephemeral_push_client.h"
#include "services/homeserver/ephemeral/postgres_receipt_store.h"
#include "services/homeserver/ephemeral/presence.h"
#include "services/homeserver/ephemeral/receipts.h"
#include "services/homeserver/ephemeral/typing.h"
#include "services/homeserver/homeserver_flags.h"
#include "services/homeserver/media/media_library.h"
#include "services/homeserver/media/media_service.h"
#include "services/homeserver/media/postgres_media_store.h"
#include "services/homeserver/migrations.h"
#include "services/homeserver/news/event_news.h"
#include "services/homeserver/news/news_waiters.h"
#include "services/homeserver/news/stream_follower.h"
#include "services/homeserver/push_rules/push_rules.h"
#include "services/homeserver/push_rules/push_rules_service.h"
#include "services/homeserver/rooms/alias_directory.h"
#include "services/homeserver/rooms/alias_resolver.h"
#include "services/homeserver/rooms/event_redactor.h"
#include "services/homeserver/rooms/event_sender.h"
#include "services/homeserver/rooms/grpc_alias_querier.h"
#include "services/homeserver/rooms/history_sql.h"
#include "services/homeserver/rooms/membership_changes.h"
#include "services/homeserver/rooms/postgres_published_rooms.h"
#include "services/homeserver/rooms/postgres_room_history.h"
#include "services/homeserver/rooms/postgres_room_store.h"
#include "services/homeserver/rooms/room_actions.h"
#include "services/homeserver/rooms/room_directory.h"
#include "services/homeserver/rooms/room_founding.h"
#include "services/homeserver/rooms/room_history.h"
#include "services/homeserver/rooms/room_metrics.h"
#include "services/homeserver/rooms/room_sql.h"
#include "services/homeserver/rooms/room_timeline.h"
#include "services/homeserver/rooms/room_views.h"
#include "services/homeserver/rooms/rooms_service.h"
#include "services/homeserver/sent_txns/sent_txns.h"
#include "services/homeserver/sent_txns/sent_txns_loop.h"
#include "services/homeserver/service_metrics.h"
#include "services/homeserver/stream/grpc_push_client.h"
#include "services/homeserver/stream/postgres_stream_source.h"
#include "services/homeserver/stream/publisher_loop.h"
#include "services/homeserver/stream/stream_metrics.h"
#include "services/homeserver/stream/stream_publisher.h"
#include "services/homeserver/sync/long_poll.h"
#include "services/homeserver/sync/update_reader.h"
#include "services/homeserver/to_device/device_messages.h"
#include "services/homeserver/to_device/postgres_to_device_store.h"
#include "services/homeserver/updates/postgres_update_log.h"
#include "services/homeserver/updates/updates_service.h"
#include "services/homeserver/user_directory/user_directory_service.h"
#include "services/homeserver/user_directory/user_finder.h"
#include "services/shared/clock/clock.h"
#include "services/shared/matrix/identifiers.h"
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

using PushDispatchers = server::Replicas<push::v1::PushDispatcher>;

std::vector<postgres::PreparedStatement> Statements() {
  std::vector<postgres::PreparedStatement> statements = room_sql::Statements();
  for (const auto& more :
       {history_sql::Statements(), PostgresUserStore::Statements(),
        PostgresStreamSource::Statements()}) {
    statements.insert(statements.end(), more.begin(), more.end());
  }
  return statements;
}

// What users are, to the services of this process.
struct AccountParts {
  AccountParts(postgres::Pool& pool, const matrix::ServerName& server_name,
               query::v1::QueryProxy::StubInterface& query_proxy,
               registry_watch::LatestSnapshot& registry,
               absl::Duration query_deadline, const Clock& clock)
      : users(pool, clock),
        filter_store(pool),
        accounts(users, clock),
        sessions(users, clock),
        credentials(users, clock),
        registration(users, clock, server_name),
        filters(filter_store, clock),
        querier(query_proxy, registry, query_deadline, clock),
        discovery(accounts, registry, querier, server_name) {}

  PostgresUserStore users;
  PostgresFilterStore filter_store;
  Accounts accounts;
  Sessions sessions;
  Credentials credentials;
  UserRegistration registration;
  Filters filters;
  GrpcUserQuerier querier;
  UserDiscovery discovery;
};

// What rooms are, to the services of this process.
struct RoomParts {
  RoomParts(postgres::Pool& pool, const matrix::ServerName& server_name,
            query::v1::QueryProxy::StubInterface& query_proxy,
            registry_watch::LatestSnapshot& registry, AccountParts& account,
            RoomMetrics& metrics, std::function<void()> committed,
            const Clock& clock)
      : store(pool, std::move(committed)),
        history(pool),
        aliases(store, history, clock),
        founding(store, clock, server_name),
        memberships(store, history, clock),
        sender(store, clock),
        redactor(store, clock),
        views(history, clock),
        timeline(history, clock),
        published(pool),
        directory(store, history, published),
        querier(query_proxy, registry, clock),
        resolver({.aliases = aliases,
                  .founding = founding,
                  .accounts = account.accounts,
                  .discovery = account.discovery,
                  .querier = querier,
                  .registry = registry,
                  .clock = clock,
                  .metrics = metrics},
                 server_name),
        actions({.accounts = account.accounts,
                 .discovery = account.discovery,
                 .resolver = resolver,
                 .aliases = aliases,
                 .founding = founding,
                 .memberships = memberships,
                 .sender = sender,
                 .redactor = redactor,
                 .directory = directory}) {}

  PostgresRoomStore store;
  PostgresRoomHistory history;
  AliasDirectory aliases;
  RoomFounding founding;
  MembershipChanges memberships;
  EventSender sender;
  EventRedactor redactor;
  RoomViews views;
  RoomTimeline timeline;
  PostgresPublishedRooms published;
  RoomDirectory directory;
  GrpcAliasQuerier querier;
  AliasResolver resolver;
  RoomActions actions;
};

// What lives in memory alone, to the services of this process.
struct EphemeralParts {
  EphemeralParts(PushDispatchers& push_dispatchers,
                 const std::string& source_name, NewsWaiters& waiters,
                 const Clock& clock)
      : push(push_dispatchers, source_name),
        publisher({}, push),
        // The time of its start tells this process from those before it.
        count(absl::ToUnixMillis(clock.Now())),
        typing({}, count, waiters, publisher, clock),
        presence({}, count, waiters, publisher, clock),
        expiry(typing, presence) {}

  GrpcEphemeralPushClient push;
  EphemeralPublisher publisher;
  EphemeralCount count;
  Typing typing;
  Presence presence;
  ExpiryLoop expiry;
};

// What users are told beside events, and is kept.
struct UpdateParts {
  // `kept` is called when something has been stored, `published` when something
  // has been appended to the stream of events.
  UpdateParts(postgres::Pool& pool, EphemeralSink& sink, RoomHistory& history,
              const std::function<void()>& kept,
              std::function<void()> published, const Clock& clock)
      : log(pool),
        account_data(pool, kept),
        receipt_store(pool, kept),
        to_device(pool, kept, std::move(published)),
        device_key_store(pool, kept),
        user_data(account_data),
        push_rules(user_data),
        device_keys(device_key_store),
        device_messages(to_device),
        receipts(history, receipt_store, user_data, sink, clock) {}

  UpdateSources SourcesWith(EphemeralParts& ephemeral) {
    return {.log = log,
            .account_data = account_data,
            .receipts = receipt_store,
            .to_device = to_device,
            .device_keys = device_key_store,
            .count = ephemeral.count,
            .typing = ephemeral.typing,
            .presence = ephemeral.presence};
  }

  PostgresUpdateLog log;
  PostgresAccountDataStore account_data;
  PostgresReceiptStore receipt_store;
  PostgresToDeviceStore to_device;
  PostgresDeviceKeyStore device_key_store;
  UserData user_data;
  PushRules push_rules;
  DeviceKeys device_keys;
  DeviceMessages device_messages;
  Receipts receipts;
};

// The stream's way to push_dispatcher.
struct PublishingParts {
  PublishingParts(postgres::Pool& pool, const std::string& source_name,
                  PushDispatchers& push_dispatchers,
                  prometheus::Registry& registry, const Clock& clock)
      : source(pool),
        push(push_dispatchers, source_name),
        publisher({}, source, push, clock),
        metrics(registry),
        loop({}, publisher, metrics) {}

  PostgresStreamSource source;
  GrpcPushClient push;
  StreamPublisher publisher;
  StreamMetrics metrics;
  PublisherLoop loop;
};

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
  const matrix::ServerName& server_name = options.server_name;
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

  RoomMetrics room_metrics(process.metrics_registry());
  ServiceMetrics service_metrics(process.metrics_registry());
  const std::string source_name =
      absl::StrCat("homeserver:", server_name.str());
  PushDispatchers push_dispatchers(server::MakeChannels(
      options.push_dispatchers, process.ChannelTo("push_dispatcher")));
  PublishingParts publishing(pool, source_name, push_dispatchers,
                             process.metrics_registry(), clock);
  NewsWaiters waiters({});
  EphemeralParts ephemeral(push_dispatchers, source_name, waiters, clock);
  PostgresRoomHistory followed_history(pool);
  EventNews event_news(followed_history,
                       [&](const RoomHistory::Touched& touched) {
                         ephemeral.presence.Moved(
                             touched.member, touched.room_id, touched.is_join);
                       });
  StreamFollower follower({}, event_news, waiters);
  PostgresUpdateLog followed_log(pool);
  StreamFollower update_follower({}, followed_log, waiters);
  AccountParts account(pool, server_name, *query_proxy, registry,
                       options.query_deadline, clock);
  const auto committed = [&] {
    room_metrics.Committed();
    publishing.loop.Wake();
    follower.Wake();
  };
  RoomParts room(pool, server_name, *query_proxy, registry, account,
                 room_metrics, committed, clock);
  UpdateParts update(
      pool, ephemeral.publisher, room.history, [&] { update_follower.Wake(); },
      committed, clock);
  LongPoll long_poll(room.history, update.SourcesWith(ephemeral), waiters,
                     room_metrics, clock);

  AccountsService accounts_service({.accounts = account.accounts,
                                    .sessions = account.sessions,
                                    .credentials = account.credentials,
                                    .registration = account.registration,
                                    .discovery = account.discovery,
                                    .filters = account.filters,
                                    .profile_listener = room.memberships,
                                    .metrics = &service_metrics},
                                   registry, server_name, process.executor());
  CredentialsService credentials_service(
      {.credentials = account.credentials,
       .discovery = account.discovery,
       .departure_listener = room.memberships},
      registry, server_name, process.executor());
  PostgresMediaStore media_store(pool);
  MediaLibrary media(options.media, media_store, clock, server_name);
  MediaService media_service(media, account.discovery, registry, server_name,
                             process.executor(), &service_metrics);
  RoomsService rooms_service(
      {.server_name = server_name, .query_deadline = options.query_deadline},
      {.discovery = account.discovery,
       .actions = room.actions,
       .views = room.views,
       .timeline = room.timeline,
       .directory = room.directory,
       .resolver = room.resolver,
       .long_poll = long_poll,
       .filters = account.filters},
      registry, clock, process.executor());

  UpdatesService updates_service({.discovery = account.discovery,
                                  .views = room.views,
                                  .user_data = update.user_data,
                                  .push_rules = update.push_rules,
                                  .typing = ephemeral.typing,
                                  .receipts = update.receipts,
                                  .presence = ephemeral.presence,
                                  .device_messages = update.device_messages,
                                  .long_poll = long_poll,
                                  .metrics = &service_metrics},
                                 registry, server_name, process.executor());
  KnownCallers callers(account.discovery, registry, server_name,
                       process.executor());
  PushRulesService push_rules_service(update.push_rules, callers);
  UserFinder user_finder(pool);
  UserDirectoryService user_directory_service(user_finder, callers);
  KeysService keys_service(update.device_keys, update.device_key_store, callers,
                           server_name);

  process.AddService(accounts_service, v1::Accounts::service_full_name());
  process.AddService(credentials_service, v1::Credentials::service_full_name());
  process.AddService(media_service, v1::Media::service_full_name());
  process.AddService(rooms_service, v1::Rooms::service_full_name());
  process.AddService(updates_service, v1::Updates::service_full_name());
  process.AddService(push_rules_service, v1::PushRules::service_full_name());
  process.AddService(user_directory_service,
                     v1::UserDirectory::service_full_name());
  process.AddService(keys_service, v1::Keys::service_full_name());
  absl::Notification migrated;  // The tables are as this release needs them.
  process.AddReadinessCheck("database", [&room, &migrated] {
    return migrated.HasBeenNotified()
               ? room.history.LastPosition().status()
               : absl::UnavailableError(
                     "its tables are not those of this release yet");
  });
  process.AddReadinessCheck("registry", [&registry, &server_name] {
    return CheckReadyFor(server_name.str(), registry);
  });
  process.AddReadinessCheck("push_dispatcher", [&publishing] {
    return publishing.publisher.health();
  });
  process.AddDrainHook([&waiters, &rooms_service] {
    waiters.Drain();
    rooms_service.Drain();
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
