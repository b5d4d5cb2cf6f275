#ifndef CAUSEWAY_SERVICES_HOMESERVER_WIRING_ACCOUNT_PARTS_H_
#define CAUSEWAY_SERVICES_HOMESERVER_WIRING_ACCOUNT_PARTS_H_

#include "absl/time/time.h"
#include "causeway/query/v1/query.grpc.pb.h"
#include "services/homeserver/accounts/accounts.h"
#include "services/homeserver/accounts/credentials.h"
#include "services/homeserver/accounts/filters.h"
#include "services/homeserver/accounts/grpc_user_querier.h"
#include "services/homeserver/accounts/postgres_filter_store.h"
#include "services/homeserver/accounts/postgres_user_store.h"
#include "services/homeserver/accounts/sessions.h"
#include "services/homeserver/accounts/user_discovery.h"
#include "services/homeserver/accounts/user_registration.h"
#include "services/shared/clock/clock.h"
#include "services/shared/matrix/identifiers.h"
#include "services/shared/postgres/pool.h"
#include "services/shared/registry_watch/latest_snapshot.h"

namespace causeway::homeserver {

// What users are, to the services of this process.
struct AccountParts {
  AccountParts(postgres::Pool& pool, const matrix::ServerName& server_name,
               query::v1::QueryProxy::StubInterface& query_proxy,
               registry_watch::LatestSnapshot& registry,
               absl::Duration query_deadline, const Clock& clock);

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

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_WIRING_ACCOUNT_PARTS_H_
