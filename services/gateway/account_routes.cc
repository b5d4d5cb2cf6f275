#include "services/gateway/account_routes.h"

#include <string>
#include <utility>

#include "services/gateway/account_json.h"
#include "services/gateway/interactive_auth.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/server/await_call.h"
#include "services/shared/status/status_macros.h"

namespace causeway::gateway {
namespace {

namespace pb = causeway::homeserver::v1;
using Async = pb::Accounts::StubInterface::async_interface;

}  // namespace

AccountRoutes::AccountRoutes(pb::Accounts::StubInterface& accounts,
                             Authenticator& authenticator, RateLimits& limits)
    : accounts_(accounts), authenticator_(authenticator), limits_(limits) {}

RouteTable AccountRoutes::Routes() {
  const auto route = [](const char* method, const std::string& path,
                        RouteAuth auth, RouteHandler handler) {
    return Route{
        {method, "/_matrix/client/{version}" + path, AllClientVersions()},
        auth,
        std::move(handler)};
  };
  return {
      route("POST", "/register", RouteAuth::kNone,
            [this](const RoutedRequest& request) {
              return RegisterUser(request);
            }),
      route("GET", "/register/available", RouteAuth::kNone,
            [this](const RoutedRequest& request) {
              return CheckUsername(request);
            }),
      route("GET", "/login", RouteAuth::kNone,
            [this](const RoutedRequest& request) {
              return GetLogInFlows(request);
            }),
      route("POST", "/login", RouteAuth::kNone,
            [this](const RoutedRequest& request) { return LogIn(request); }),
      route("POST", "/logout", RouteAuth::kRequired,
            [this](const RoutedRequest& request) {
              return LogOut(request, /*all_devices=*/false);
            }),
      route("POST", "/logout/all", RouteAuth::kRequired,
            [this](const RoutedRequest& request) {
              return LogOut(request, /*all_devices=*/true);
            }),
      route("GET", "/account/whoami", RouteAuth::kRequired,
            [this](const RoutedRequest& request) { return WhoAmI(request); }),
  };
}

AccountRoutes::Answer AccountRoutes::RegisterUser(
    const RoutedRequest& request) {
  if (request.http.parsed.query.FirstOrEmpty("kind") == "guest") {
    co_return matrix::Forbidden("there are no guests here");
  }
  CAUSEWAY_CO_ASSIGN_OR_RETURN(UserRegistration registration,
                               ParseUserRegistration(request.http.body));
  if (registration.by_appservice) {
    CAUSEWAY_CO_ASSIGN_OR_RETURN(*registration.request.mutable_principal(),
                                 co_await AuthenticateAppservice(request));
  } else if (!registration.is_authenticated) {
    co_return AuthWanted(AuthStage::kDummy, /*is_wrong=*/false);
  }
  CAUSEWAY_CO_ASSIGN_OR_RETURN(
      const pb::Session session,
      co_await server::AwaitCall(request.call, accounts_.async(),
                                 &Async::RegisterUser,
                                 std::move(registration.request)));
  co_return JsonResponse(SessionAnswer(session));
}

AccountRoutes::Answer AccountRoutes::CheckUsername(
    const RoutedRequest& request) {
  pb::CheckUsernameRequest check;
  check.set_username(
      std::string(request.http.parsed.query.FirstOrEmpty("username")));
  CAUSEWAY_CO_RETURN_IF_ERROR(
      (co_await server::AwaitCall(request.call, accounts_.async(),
                                  &Async::CheckUsername, std::move(check)))
          .status());
  co_return JsonResponse(R"({"available":true})");
}

AccountRoutes::Answer AccountRoutes::GetLogInFlows(const RoutedRequest&) {
  co_return JsonResponse(LogInFlowsAnswer());
}

AccountRoutes::Answer AccountRoutes::LogIn(const RoutedRequest& request) {
  CAUSEWAY_CO_ASSIGN_OR_RETURN(gateway::LogIn log_in,
                               ParseLogIn(request.http.body));
  if (log_in.by_appservice) {
    CAUSEWAY_CO_ASSIGN_OR_RETURN(*log_in.request.mutable_principal(),
                                 co_await AuthenticateAppservice(request));
  } else {
    CAUSEWAY_CO_RETURN_IF_ERROR(limits_.AdmitLogIn(log_in.request.user()));
  }
  CAUSEWAY_CO_ASSIGN_OR_RETURN(
      const pb::Session session,
      co_await server::AwaitCall(request.call, accounts_.async(), &Async::LogIn,
                                 std::move(log_in.request)));
  co_return JsonResponse(SessionAnswer(session));
}

AccountRoutes::Answer AccountRoutes::LogOut(const RoutedRequest& request,
                                            bool all_devices) {
  pb::LogOutRequest log_out;
  *log_out.mutable_principal() = request.principal;
  log_out.set_all_devices(all_devices);
  CAUSEWAY_CO_RETURN_IF_ERROR(
      (co_await server::AwaitCall(request.call, accounts_.async(),
                                  &Async::LogOut, std::move(log_out)))
          .status());
  co_return HttpResponse();
}

AccountRoutes::Answer AccountRoutes::WhoAmI(const RoutedRequest& request) {
  pb::WhoAmIRequest who;
  *who.mutable_principal() = request.principal;
  CAUSEWAY_CO_ASSIGN_OR_RETURN(
      const pb::WhoAmIResponse response,
      co_await server::AwaitCall(request.call, accounts_.async(),
                                 &Async::WhoAmI, std::move(who)));
  co_return JsonResponse(WhoAmIAnswer(response));
}

boost::asio::awaitable<absl::StatusOr<pb::Principal>>
AccountRoutes::AuthenticateAppservice(const RoutedRequest& request) {
  CAUSEWAY_CO_ASSIGN_OR_RETURN(
      pb::Principal principal,
      co_await authenticator_.Authenticate(request.http, request.call));
  if (!principal.has_appservice()) {
    co_return matrix::Forbidden(
        "m.login.application_service needs an as_token");
  }
  co_return principal;
}

}  // namespace causeway::gateway
