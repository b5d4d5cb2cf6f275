#ifndef CAUSEWAY_SERVICES_HOMESERVER_ROOMS_GRPC_ALIAS_QUERIER_H_
#define CAUSEWAY_SERVICES_HOMESERVER_ROOMS_GRPC_ALIAS_QUERIER_H_

#include <boost/asio/awaitable.hpp>
#include <string>

#include "absl/status/statusor.h"
#include "causeway/query/v1/query.grpc.pb.h"
#include "services/homeserver/rooms/alias_querier.h"
#include "services/shared/clock/clock.h"
#include "services/shared/registry_watch/latest_snapshot.h"

namespace causeway::homeserver {

// Asks by way of query_proxy.
//
// Thread-safe.
class GrpcAliasQuerier final : public AliasQuerier {
 public:
  // The arguments must outlive the querier.
  GrpcAliasQuerier(query::v1::QueryProxy::StubInterface& stub,
                   const registry_watch::LatestSnapshot& registry,
                   const Clock& clock);

  boost::asio::awaitable<absl::StatusOr<AliasAnswer>> QueryAlias(
      matrix::RoomAlias alias, std::string caused_by_appservice_uid,
      server::CallContext call) override;

 private:
  query::v1::QueryProxy::StubInterface& stub_;
  const registry_watch::LatestSnapshot& registry_;
  const Clock& clock_;
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_ROOMS_GRPC_ALIAS_QUERIER_H_
