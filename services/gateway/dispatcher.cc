#include "services/gateway/dispatcher.h"

#include <exception>
#include <utility>
#include <variant>
#include <vector>

#include "services/gateway/http/http_errors.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/status/errcode.h"
#include "services/shared/status/status_macros.h"

namespace causeway::gateway {
namespace {

std::vector<RoutePattern> Patterns(const RouteTable& table) {
  std::vector<RoutePattern> patterns;
  for (const Route& route : table) patterns.push_back(route.pattern);
  return patterns;
}

// The answer to an error. What went wrong between our own services is for the
// log: its text names addresses and databases.
HttpResponse Explain(const absl::Status& error) {
  const bool is_ours = absl::IsUnavailable(error) && GetErrcode(error).empty();
  HttpResponse response = ErrorResponse(
      is_ours ? absl::UnavailableError("temporarily unavailable; try again")
              : error);
  if (response.status >= 500) response.fault = error.ToString();
  return response;
}

}  // namespace

Dispatcher::Dispatcher(RouteTable table, Authenticator& authenticator,
                       RateLimits& limits)
    : table_(std::move(table)),
      router_(Patterns(table_)),
      authenticator_(authenticator),
      limits_(limits) {}

boost::asio::awaitable<HttpResponse> Dispatcher::Handle(
    HttpRequest request) const {
  if (request.method == "OPTIONS") co_return HttpResponse();
  const Router::Result result =
      router_.Find(request.method, request.parsed.segments);
  if (const auto* wrong = std::get_if<Router::WrongMethod>(&result)) {
    HttpResponse response =
        ErrorResponse(matrix::MethodNotAllowed(request.method));
    response.headers = {{"Allow", wrong->allow}};
    co_return response;
  }
  const auto* found = std::get_if<Router::Found>(&result);
  if (found == nullptr) {
    // Without the query, which may hold a token.
    const absl::string_view target = request.target;
    co_return ErrorResponse(
        matrix::UnknownRoute(target.substr(0, target.find('?'))));
  }
  const Route& route = table_[found->route_index];
  server::CallContext call = {.request_id = request.request_id,
                              .deadline = request.deadline};
  RoutedRequest routed = {.http = request,
                          .path = found->parameters,
                          .principal = {},
                          .call = std::move(call)};
  absl::StatusOr<HttpResponse> response;
  try {
    response = co_await Call(route, routed);
  } catch (const std::exception& thrown) {
    response = absl::InternalError(thrown.what());
  }
  if (!response.ok()) {
    response = Explain(response.status());
  }
  response->route = route.pattern.pattern;
  co_return *std::move(response);
}

boost::asio::awaitable<absl::StatusOr<HttpResponse>> Dispatcher::Call(
    const Route& route, RoutedRequest& request) const {
  if (route.auth == RouteAuth::kRequired ||
      (route.auth == RouteAuth::kOptional && HasToken(request.http))) {
    CAUSEWAY_CO_ASSIGN_OR_RETURN(request.principal,
                                 co_await Authenticate(request));
  } else if (!authenticator_.KnowsAppservice(request.http)) {
    CAUSEWAY_CO_RETURN_IF_ERROR(
        limits_.AdmitAddress(request.http.client_address));
  }
  co_return co_await route.handler(request);
}

boost::asio::awaitable<absl::StatusOr<homeserver::v1::Principal>>
Dispatcher::Authenticate(const RoutedRequest& request) const {
  absl::StatusOr<homeserver::v1::Principal> principal =
      co_await authenticator_.Authenticate(request.http, request.call);
  if (absl::IsUnauthenticated(principal.status())) {
    CAUSEWAY_CO_RETURN_IF_ERROR(
        limits_.AdmitAddress(request.http.client_address));
  }
  if (!principal.ok()) co_return principal.status();
  CAUSEWAY_CO_RETURN_IF_ERROR(
      limits_.AdmitPrincipal(*principal, request.http.client_address));
  co_return principal;
}

}  // namespace causeway::gateway
