#include "services/homeserver/wiring/room_parts.h"

#include <utility>

namespace causeway::homeserver {

RoomParts::RoomParts(postgres::Pool& pool,
                     const matrix::ServerName& server_name,
                     query::v1::QueryProxy::StubInterface& query_proxy,
                     registry_watch::LatestSnapshot& registry,
                     AccountParts& account, RoomMetrics& metrics,
                     std::function<void()> committed, const Clock& clock)
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

}  // namespace causeway::homeserver
