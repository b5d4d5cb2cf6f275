#include "services/gateway/ping_routes.h"

#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "services/gateway/http/http_errors.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/matrix/json.h"
#include "services/shared/server/await_call.h"
#include "services/shared/status/status_macros.h"

namespace causeway::gateway {
namespace {

namespace pb = causeway::query::v1;

// That it answered so is not our fault, and worth showing whole.
HttpResponse BadStatus(const pb::PingResponse& ping) {
  const matrix::HttpError error =
      matrix::ToHttpError(matrix::PingBadStatus(ping.http_status()));
  HttpResponse response = ErrorResponse(error);
  response.body = matrix::DumpJson({{"errcode", error.errcode},
                                    {"error", error.message},
                                    {"status", ping.http_status()},
                                    {"body", ping.body()}});
  return response;
}

HttpResponse Answer(const pb::PingResponse& ping) {
  switch (ping.result()) {
    case pb::PingResponse::ANSWERED:
      return JsonResponse(
          matrix::DumpJson({{"duration_ms", ping.duration_ms()}}));
    case pb::PingResponse::URL_NOT_SET:
      return ErrorResponse(matrix::PingUrlNotSet());
    case pb::PingResponse::BAD_STATUS:
      return BadStatus(ping);
    case pb::PingResponse::CONNECTION_TIMEOUT:
      return ErrorResponse(matrix::PingTimedOut());
    default:
      return ErrorResponse(matrix::PingConnectionFailed(ping.error()));
  }
}

}  // namespace

PingRoutes::PingRoutes(pb::QueryProxy::StubInterface& query_proxy,
                       HeardAppservices& heard)
    : query_proxy_(query_proxy), heard_(heard) {}

RouteTable PingRoutes::Routes() {
  return {{{"POST", "/_matrix/client/v1/appservice/{appservice_id}/ping", {}},
           RouteAuth::kRequired,
           [this](const RoutedRequest& request) { return Ping(request); }}};
}

boost::asio::awaitable<absl::StatusOr<HttpResponse>> PingRoutes::Ping(
    const RoutedRequest& request) {
  using Async = pb::QueryProxy::StubInterface::async_interface;
  const std::string& id = request.path.Get("appservice_id");
  if (!request.principal.has_appservice() ||
      request.principal.appservice().id() != id) {
    co_return matrix::Forbidden(
        "the access token is not that of this application service");
  }
  CAUSEWAY_CO_ASSIGN_OR_RETURN(const matrix::Json body,
                               matrix::ParseObjectOrNothing(request.http.body));
  CAUSEWAY_CO_ASSIGN_OR_RETURN(
      std::optional<std::string> transaction_id,
      matrix::GetOptionalString(body, "transaction_id"));
  pb::PingRequest ping;
  ping.set_appservice_id(id);
  ping.set_transaction_id(std::move(transaction_id).value_or(""));
  ping.set_min_registry_revision(request.principal.registry_revision());
  CAUSEWAY_CO_ASSIGN_OR_RETURN(
      const pb::PingResponse response,
      co_await server::AwaitCall(request.call, query_proxy_.async(),
                                 &Async::Ping, std::move(ping)));
  if (response.result() == pb::PingResponse::ANSWERED) {
    heard_.Pinged(request.principal.appservice().uid());
  }
  co_return Answer(response);
}

}  // namespace causeway::gateway
