#include "services/homeserver/wiring/account_parts.h"

namespace causeway::homeserver {

AccountParts::AccountParts(postgres::Pool& pool,
                           const matrix::ServerName& server_name,
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

}  // namespace causeway::homeserver
