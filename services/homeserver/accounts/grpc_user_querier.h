#ifndef CAUSEWAY_SERVICES_HOMESERVER_ACCOUNTS_GRPC_USER_QUERIER_H_
#define CAUSEWAY_SERVICES_HOMESERVER_ACCOUNTS_GRPC_USER_QUERIER_H_

#include <boost/asio/awaitable.hpp>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "causeway/query/v1/query.grpc.pb.h"
#include "services/homeserver/accounts/user_querier.h"
#include "services/shared/clock/clock.h"
#include "services/shared/registry_watch/latest_snapshot.h"

namespace causeway::homeserver {

// Asks by way of query_proxy, for as long as its caller waits and `deadline`
// allows.
//
// Thread-safe.
class GrpcUserQuerier final : public UserQuerier {
 public:
  // The arguments must outlive the querier.
  GrpcUserQuerier(query::v1::QueryProxy::StubInterface& stub,
                  const registry_watch::LatestSnapshot& registry,
                  absl::Duration deadline, const Clock& clock);

  boost::asio::awaitable<absl::StatusOr<UserAnswer>> QueryUser(
      matrix::UserId user_id, std::string caused_by_appservice_uid,
      server::CallContext call) override;

 private:
  query::v1::QueryProxy::StubInterface& stub_;
  const registry_watch::LatestSnapshot& registry_;
  const absl::Duration deadline_;
  const Clock& clock_;
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_ACCOUNTS_GRPC_USER_QUERIER_H_
