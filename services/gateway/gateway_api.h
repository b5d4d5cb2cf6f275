#ifndef CAUSEWAY_SERVICES_GATEWAY_GATEWAY_API_H_
#define CAUSEWAY_SERVICES_GATEWAY_GATEWAY_API_H_

#include <boost/asio/awaitable.hpp>

#include "causeway/homeserver/v1/credentials.grpc.pb.h"
#include "causeway/homeserver/v1/homeserver.grpc.pb.h"
#include "causeway/homeserver/v1/keys.grpc.pb.h"
#include "causeway/homeserver/v1/media.grpc.pb.h"
#include "causeway/homeserver/v1/push_rules.grpc.pb.h"
#include "causeway/homeserver/v1/user_directory.grpc.pb.h"
#include "causeway/push/v1/push.grpc.pb.h"
#include "causeway/query/v1/query.grpc.pb.h"
#include "causeway/registry/v1/registry.grpc.pb.h"
#include "services/gateway/account_routes.h"
#include "services/gateway/authenticator.h"
#include "services/gateway/credential_routes.h"
#include "services/gateway/directory_routes.h"
#include "services/gateway/dispatcher.h"
#include "services/gateway/event_routes.h"
#include "services/gateway/gateway_metrics.h"
#include "services/gateway/heard_appservices.h"
#include "services/gateway/http/http_message.h"
#include "services/gateway/key_routes.h"
#include "services/gateway/media_routes.h"
#include "services/gateway/ping_routes.h"
#include "services/gateway/profile_routes.h"
#include "services/gateway/push_rule_routes.h"
#include "services/gateway/rate_limits.h"
#include "services/gateway/registration_routes.h"
#include "services/gateway/room_routes.h"
#include "services/gateway/route.h"
#include "services/gateway/signs_of_life.h"
#include "services/gateway/sync_routes.h"
#include "services/gateway/third_party_routes.h"
#include "services/gateway/update_routes.h"
#include "services/gateway/user_directory_routes.h"
#include "services/shared/clock/clock.h"
#include "services/shared/registry_watch/latest_snapshot.h"
#include "services/shared/server/replicas.h"

namespace causeway::gateway {

// The whole HTTP API: every route there is, over the services that answer.
//
// Thread-safe.
class GatewayApi {
 public:
  struct Options {
    RegistrationRoutes::Options registration;
    SignsOfLife::Options signs_of_life = {};
    MediaRoutes::Options media = {};
    RateLimits::Options rate_limits = {};  // Without rates: none.
  };
  struct Peers {
    registry::v1::Registry::StubInterface& registry;
    homeserver::v1::Accounts::StubInterface& accounts;
    homeserver::v1::Credentials::StubInterface& credentials;
    homeserver::v1::Keys::StubInterface& keys;
    homeserver::v1::Media::StubInterface& media;
    homeserver::v1::PushRules::StubInterface& push_rules;
    homeserver::v1::Rooms::StubInterface& rooms;
    homeserver::v1::Updates::StubInterface& updates;
    homeserver::v1::UserDirectory::StubInterface& user_directory;
    server::Replicas<push::v1::PushDispatcher>& push_dispatchers;
    query::v1::QueryProxy::StubInterface& query_proxy;
    registry_watch::LatestSnapshot& latest;
  };

  // All must outlive the API. `metrics` may be null.
  GatewayApi(const Options& options, const Peers& peers, const Clock& clock,
             GatewayMetrics* metrics = nullptr);

  // An HttpHandler.
  boost::asio::awaitable<HttpResponse> Handle(HttpRequest request) const;

  const RouteTable& routes() const;

 private:
  RouteTable MakeTable();

  HeardAppservices heard_;
  SignsOfLife signs_of_life_;
  Authenticator authenticator_;
  RateLimits rate_limits_;
  RegistrationRoutes registration_routes_;
  AccountRoutes account_routes_;
  CredentialRoutes credential_routes_;
  MediaRoutes media_routes_;
  ProfileRoutes profile_routes_;
  RoomRoutes room_routes_;
  EventRoutes event_routes_;
  DirectoryRoutes directory_routes_;
  SyncRoutes sync_routes_;
  UpdateRoutes update_routes_;
  PushRuleRoutes push_rule_routes_;
  KeyRoutes key_routes_;
  UserDirectoryRoutes user_directory_routes_;
  PingRoutes ping_routes_;
  ThirdPartyRoutes third_party_routes_;
  const Dispatcher dispatcher_;  // Last: it uses all of the above.
};

}  // namespace causeway::gateway

#endif  // CAUSEWAY_SERVICES_GATEWAY_GATEWAY_API_H_
