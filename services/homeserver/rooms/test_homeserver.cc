#include "services/homeserver/rooms/test_homeserver.h"

#include "services/homeserver/rooms/syncs_waiting.h"
#include "services/shared/matrix/identifiers.h"
#include "services/shared/matrix/token.h"
#include "services/shared/registry_watch/snapshot_builder.h"

namespace causeway::homeserver {
namespace {

using Kind = registry_watch::RegistrySnapshot::Kind;

matrix::ServerName TestServerName() {
  return matrix::ServerName::Parse("hsdomain.com").value();
}

}  // namespace

TestHomeserver::TestHomeserver(UserStore& users, RoomStore& rooms,
                               RoomHistory& history, PublishedRooms& published)
    : accounts(users, clock),
      filters(filter_store, clock),
      memberships(rooms, history, clock),
      metrics_(metrics_registry_),
      discovery_(accounts, registry, user_querier, TestServerName()),
      aliases_(rooms, history, clock),
      founding_(rooms, clock, TestServerName()),
      sender_(rooms, clock),
      redactor_(rooms, clock),
      views_(history, clock),
      timeline_(history, clock),
      directory_(rooms, history, published),
      resolver_({.aliases = aliases_,
                 .founding = founding_,
                 .accounts = accounts,
                 .discovery = discovery_,
                 .querier = alias_querier,
                 .registry = registry,
                 .clock = clock,
                 .metrics = metrics_},
                TestServerName()),
      actions_({.accounts = accounts,
                .discovery = discovery_,
                .resolver = resolver_,
                .aliases = aliases_,
                .founding = founding_,
                .memberships = memberships,
                .sender = sender_,
                .redactor = redactor_,
                .directory = directory_}),
      event_news_(history),
      waiters_({}),
      updates_(history, waiters_, clock),
      follower_({.poll_interval = absl::Milliseconds(5)}, event_news_,
                waiters_),
      long_poll_(history, updates_.sources(), waiters_, metrics_, clock),
      executor_({.threads = 1}),
      service_({.server_name = TestServerName()},
               {.discovery = discovery_,
                .actions = actions_,
                .views = views_,
                .timeline = timeline_,
                .directory = directory_,
                .resolver = resolver_,
                .long_poll = long_poll_,
                .filters = filters},
               registry, clock, executor_),
      server_(service_),
      stub_(v1::Rooms::NewStub(server_.channel())) {
  registry.Set(
      registry_watch::SnapshotBuilder("hsdomain.com")
          .Add({.uid = "1",
                .id = "irc",
                .sender_localpart = "ircbot",
                .namespaces = {{Kind::kUsers, "@irc\\.freenode\\.net/.*", true},
                               {Kind::kAliases, "#irc\\.freenode\\.net/.*",
                                true}}})
          .Build());
}

TestHomeserver::~TestHomeserver() {
  Drain();
  server_.Stop();
  executor_.Drain();
}

void TestHomeserver::Drain() {
  waiters_.Drain();
  service_.Drain();
}

int TestHomeserver::SyncsWaiting() const {
  return homeserver::SyncsWaiting(metrics_registry_);
}

v1::Principal PersonPrincipal(absl::string_view user_id) {
  v1::Principal principal;
  v1::Principal::User& user = *principal.mutable_user();
  user.set_user_id(std::string(user_id));
  user.set_device_id("DEVICE");
  user.set_access_token_sha256(matrix::Sha256(user_id));
  return principal;
}

v1::Principal AppservicePrincipal(absl::string_view user_id) {
  v1::Principal principal;
  v1::Principal::Appservice& appservice = *principal.mutable_appservice();
  appservice.set_uid("1");
  appservice.set_id("irc");
  appservice.set_user_id(std::string(user_id));
  return principal;
}

}  // namespace causeway::homeserver
