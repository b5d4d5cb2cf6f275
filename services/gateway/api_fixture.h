#ifndef CAUSEWAY_SERVICES_GATEWAY_API_FIXTURE_H_
#define CAUSEWAY_SERVICES_GATEWAY_API_FIXTURE_H_

#include <gtest/gtest.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "causeway/homeserver/v1/credentials.grpc.pb.h"
#include "causeway/homeserver/v1/homeserver.grpc.pb.h"
#include "causeway/homeserver/v1/keys.grpc.pb.h"
#include "causeway/homeserver/v1/media.grpc.pb.h"
#include "causeway/homeserver/v1/push_rules.grpc.pb.h"
#include "causeway/homeserver/v1/user_directory.grpc.pb.h"
#include "causeway/push/v1/push.grpc.pb.h"
#include "causeway/query/v1/query.grpc.pb.h"
#include "causeway/registry/v1/registry.grpc.pb.h"
#include "services/gateway/fake_peers.h"
#include "services/gateway/gateway_api.h"
#include "services/gateway/http/byte_budget.h"
#include "services/gateway/http/http_observer.h"
#include "services/gateway/http/http_server.h"
#include "services/gateway/http/raw_http_client.h"
#include "services/shared/clock/clock.h"
#include "services/shared/registry_watch/latest_snapshot.h"
#include "services/shared/server/replicas.h"

namespace causeway::gateway {

// An HTTP answer, its body parsed.
struct ApiAnswer {
  int status = 0;
  nlohmann::json body;
  RawAnswer raw;
};

// The whole gateway over HTTP, with fakes in place of the other services. It
// knows two tokens: "person", of @alice:hs.test on the device DEV, and
// "as_irc", of the application service irc with the users @irc_.*.
class ApiFixture : public testing::Test {
 protected:
  static constexpr char kAccounts[] = "causeway.homeserver.v1.Accounts/";
  static constexpr char kRooms[] = "causeway.homeserver.v1.Rooms/";
  static constexpr char kRegistry[] = "causeway.registry.v1.Registry/";
  static constexpr char kPush[] = "causeway.push.v1.PushDispatcher/";

  explicit ApiFixture(GatewayApi::Options options = {});

  // Sends a request on a new connection and reads its answer. `token` goes into
  // the Authorization header.
  ApiAnswer Call(absl::string_view method, absl::string_view target,
                 absl::string_view body = "", absl::string_view token = "");
  std::unique_ptr<RawHttpClient> Connect();

  FakePeers peers_;
  registry_watch::LatestSnapshot latest_;
  RealClock clock_;

 private:
  // Has nothing to tell anybody.
  class SilentObserver final : public HttpObserver {
   public:
    void ConnectionOpened() override {}
    void ConnectionClosed() override {}
    void RequestAnswered(const AnsweredRequest&) override {}
    void HandshakeFailed(absl::string_view) override {}
    void CertificateShown(absl::Time) override {}
  };

  const std::unique_ptr<registry::v1::Registry::Stub> registry_;
  const std::unique_ptr<homeserver::v1::Accounts::Stub> accounts_;
  const std::unique_ptr<homeserver::v1::Credentials::Stub> credentials_;
  const std::unique_ptr<homeserver::v1::Keys::Stub> keys_;
  const std::unique_ptr<homeserver::v1::Media::Stub> media_;
  const std::unique_ptr<homeserver::v1::PushRules::Stub> push_rules_;
  const std::unique_ptr<homeserver::v1::Rooms::Stub> rooms_;
  const std::unique_ptr<homeserver::v1::Updates::Stub> updates_;
  const std::unique_ptr<homeserver::v1::UserDirectory::Stub> user_directory_;
  server::Replicas<push::v1::PushDispatcher> push_;
  const std::unique_ptr<query::v1::QueryProxy::Stub> query_proxy_;
  SilentObserver observer_;
  ByteBudget media_memory_{1 << 20};

 protected:
  const GatewayApi api_;
  std::unique_ptr<HttpServer> server_;
};

}  // namespace causeway::gateway

#endif  // CAUSEWAY_SERVICES_GATEWAY_API_FIXTURE_H_
