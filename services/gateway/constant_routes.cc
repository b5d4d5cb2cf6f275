#include "services/gateway/constant_routes.h"

#include <string>
#include <utility>

namespace causeway::gateway {
namespace {

// Source: https://spec.matrix.org/v1.17/client-server-api/#get_matrixclientversions
//
// No release is served whole, so what counts is what clients conclude. v1.4 is
// left out: matrix-js-sdk takes that very name as threads on the server
// (/relations, /threads), and without it makes them itself. Later ones stand:
// bridges of mautrix refuse a server whose newest is below v1.4, and media with
// authentication and pings are looked for under v1.11 and v1.7. Features that
// are served are named too, as others ask for them alone: private receipts
// (else found by v1.4), media with authentication, and pings.
constexpr char kVersions[] =
    R"({"versions":["r0.5.0","r0.6.0","r0.6.1","v1.1","v1.2","v1.3",)"
    R"("v1.5","v1.6","v1.7","v1.8","v1.9","v1.10","v1.11"],)"
    R"("unstable_features":{"org.matrix.msc2285.stable":true,)"
    R"("org.matrix.msc3916.stable":true,"fi.mau.msc2659.stable":true}})";

// Source: https://spec.matrix.org/v1.17/client-server-api/#get_matrixclientv3capabilities
constexpr char kCapabilities[] =
    R"({"capabilities":{"m.room_versions":{"default":"10",)"
    R"("available":{"10":"stable"}},"m.change_password":{"enabled":true},)"
    R"("m.set_displayname":{"enabled":true},"m.set_avatar_url":{"enabled":true},)"
    R"("m.profile_fields":{"enabled":true,)"
    R"("allowed":["displayname","avatar_url"]},)"
    R"("m.3pid_changes":{"enabled":false},)"
    R"("m.get_login_token":{"enabled":false}}})";

constexpr char kPushers[] = R"({"pushers":[]})";

RouteHandler Constant(std::string body) {
  return [body = std::move(body)](const RoutedRequest&)
             -> boost::asio::awaitable<absl::StatusOr<HttpResponse>> {
    co_return JsonResponse(body);
  };
}

}  // namespace

RouteTable ConstantRoutes() {
  return {
      {{"GET", "/_matrix/client/versions", {}},
       RouteAuth::kNone,
       Constant(kVersions)},
      {{"GET", "/_matrix/client/{version}/capabilities", AllClientVersions()},
       RouteAuth::kRequired,
       Constant(kCapabilities)},
      {{"GET", "/_matrix/client/{version}/pushers", AllClientVersions()},
       RouteAuth::kRequired,
       Constant(kPushers)},
      // There is none.
      {{"GET", "/_matrix/client/{version}/voip/turnServer",
        AllClientVersions()},
       RouteAuth::kRequired,
       Constant("{}")},
  };
}

}  // namespace causeway::gateway
