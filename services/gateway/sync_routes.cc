#include "services/gateway/sync_routes.h"

#include <grpcpp/client_context.h>
#include <grpcpp/support/status.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <type_traits>
#include <utility>

#include "absl/strings/match.h"
#include "services/gateway/initial_sync_json.h"
#include "services/gateway/query_values.h"
#include "services/gateway/raw_json.h"
#include "services/gateway/room_json.h"
#include "services/gateway/sync_json.h"
#include "services/shared/server/await_call.h"
#include "services/shared/status/status_macros.h"

namespace causeway::gateway {
namespace {

namespace asio = boost::asio;
namespace pb = causeway::homeserver::v1;
using AccountsAsync = pb::Accounts::StubInterface::async_interface;
using RoomsAsync = pb::Rooms::StubInterface::async_interface;
using UpdatesAsync = pb::Updates::StubInterface::async_interface;

constexpr int64_t kInitialSyncLimitDefault = 10;

// Calls Sync or ListenEvents; CANCELLED once `stop_waiting` stops.
template <typename Stub, typename Async, typename Poll, typename Response>
asio::awaitable<absl::StatusOr<Response>> AwaitPoll(
    Stub& stub,
    void (Async::*method)(grpc::ClientContext*, const Poll*, Response*,
                          std::function<void(grpc::Status)>),
    const RoutedRequest& request, std::type_identity_t<Poll> poll) {
  const std::stop_token stop_waiting = request.http.stop_waiting;
  // A drain begun before the call is not told by the callback below.
  if (stop_waiting.stop_requested()) poll.set_timeout_ms(0);
  asio::cancellation_signal cancel;
  const std::stop_callback on_stop(stop_waiting, [&cancel] {
    cancel.emit(asio::cancellation_type::terminal);
  });
  // A coroutine of its own, so that the cancellation ends the call and not the
  // request.
  co_return co_await asio::co_spawn(
      co_await asio::this_coro::executor,
      server::AwaitCall(request.call, stub.async(), method, std::move(poll)),
      asio::bind_cancellation_slot(cancel.slot(), asio::use_awaitable));
}

absl::StatusOr<pb::SyncRequest> MakeSyncRequest(const RoutedRequest& request) {
  const QueryParameters& query = request.http.parsed.query;
  CAUSEWAY_ASSIGN_OR_RETURN(const std::optional<int64_t> timeout_ms,
                            GetNumber(query, "timeout"));
  CAUSEWAY_ASSIGN_OR_RETURN(const bool full_state,
                            GetFlag(query, "full_state"));
  const absl::string_view filter = query.FirstOrEmpty("filter");
  if (absl::StartsWith(filter, "{")) {
    CAUSEWAY_RETURN_IF_ERROR(CheckObject(filter));
  }
  pb::SyncRequest sync;
  *sync.mutable_principal() = request.principal;
  sync.set_since(std::string(query.FirstOrEmpty("since")));
  sync.set_timeout_ms(timeout_ms.value_or(0));
  sync.set_filter(std::string(filter));
  sync.set_full_state(full_state);
  sync.set_set_presence(std::string(query.FirstOrEmpty("set_presence")));
  return sync;
}

}  // namespace

SyncRoutes::SyncRoutes(pb::Accounts::StubInterface& accounts,
                       pb::Rooms::StubInterface& rooms,
                       pb::Updates::StubInterface& updates)
    : accounts_(accounts),
      rooms_(rooms),
      updates_(updates),
      sync_many_(rooms) {}

RouteTable SyncRoutes::Routes() {
  const auto route = [this](
                         const char* method, const std::string& path,
                         Answer (SyncRoutes::*answer)(const RoutedRequest&)) {
    return Route{
        {method, "/_matrix/client/{version}" + path, AllClientVersions()},
        RouteAuth::kRequired,
        [this, answer](const RoutedRequest& request) {
          return (this->*answer)(request);
        }};
  };
  return {
      route("GET", "/sync", &SyncRoutes::Sync),
      route("GET", "/initialSync", &SyncRoutes::InitialSync),
      route("GET", "/events", &SyncRoutes::ListenEvents),
      route("POST", "/user/{user_id}/filter", &SyncRoutes::CreateFilter),
      route("GET", "/user/{user_id}/filter/{filter_id}",
            &SyncRoutes::GetFilter),
  };
}

SyncRoutes::Answer SyncRoutes::Sync(const RoutedRequest& request) {
  CAUSEWAY_CO_ASSIGN_OR_RETURN(pb::SyncRequest sync, MakeSyncRequest(request));
  // A first sync doesn't wait, and its answer may be large.
  const bool may_wait =
      sync.timeout_ms() > 0 && !sync.since().empty() && !sync.full_state();
  absl::StatusOr<pb::SyncResponse> response;
  if (may_wait) {
    response = co_await sync_many_.Await(std::move(sync), request.call,
                                         request.http.stop_waiting);
  } else {
    response =
        co_await AwaitPoll(rooms_, &RoomsAsync::Sync, request, std::move(sync));
  }
  if (absl::IsCancelled(response.status())) {
    const absl::string_view since =
        request.http.parsed.query.FirstOrEmpty("since");
    // A first sync has no place to go on from.
    if (since.empty()) co_return absl::UnavailableError("draining");
    co_return JsonResponse(EmptySyncAnswer(since));
  }
  if (!response.ok()) co_return response.status();
  co_return JsonResponse(SyncAnswer(*response));
}

// Source: https://spec.matrix.org/v1.17/client-server-api/#get_matrixclientv3initialsync
SyncRoutes::Answer SyncRoutes::InitialSync(const RoutedRequest& request) {
  const QueryParameters& query = request.http.parsed.query;
  CAUSEWAY_CO_ASSIGN_OR_RETURN(const std::optional<int64_t> limit,
                               GetNumber(query, "limit"));
  CAUSEWAY_CO_ASSIGN_OR_RETURN(const bool archived, GetFlag(query, "archived"));
  pb::SyncRequest sync;
  *sync.mutable_principal() = request.principal;
  sync.set_filter(
      InitialSyncFilter(limit.value_or(kInitialSyncLimitDefault), archived));
  CAUSEWAY_CO_ASSIGN_OR_RETURN(
      const pb::SyncResponse response,
      co_await server::AwaitCall(request.call, rooms_.async(),
                                 &RoomsAsync::Sync, std::move(sync)));
  co_return JsonResponse(InitialSyncAnswer(response));
}

// Source: https://spec.matrix.org/v1.17/client-server-api/#get_matrixclientv3events
SyncRoutes::Answer SyncRoutes::ListenEvents(const RoutedRequest& request) {
  const QueryParameters& query = request.http.parsed.query;
  CAUSEWAY_CO_ASSIGN_OR_RETURN(const std::optional<int64_t> timeout_ms,
                               GetNumber(query, "timeout"));
  pb::ListenEventsRequest listen;
  *listen.mutable_principal() = request.principal;
  const std::string from(query.FirstOrEmpty("from"));
  listen.set_from(from);
  listen.set_timeout_ms(timeout_ms.value_or(0));
  listen.set_room_id(std::string(query.FirstOrEmpty("room_id")));
  absl::StatusOr<pb::ListenEventsResponse> response = co_await AwaitPoll(
      updates_, &UpdatesAsync::ListenEvents, request, std::move(listen));
  if (absl::IsCancelled(response.status())) {
    if (from.empty()) co_return absl::UnavailableError("draining");
    // Nothing has happened.
    response.emplace();
    response->set_start(from);
    response->set_end(from);
  }
  if (!response.ok()) co_return response.status();
  co_return JsonResponse(EventsAnswer(*response));
}

SyncRoutes::Answer SyncRoutes::CreateFilter(const RoutedRequest& request) {
  CAUSEWAY_CO_RETURN_IF_ERROR(CheckObject(request.http.body));
  pb::CreateFilterRequest create;
  *create.mutable_principal() = request.principal;
  create.set_user_id(request.path.Get("user_id"));
  create.set_filter_json(request.http.body);
  CAUSEWAY_CO_ASSIGN_OR_RETURN(
      const pb::CreateFilterResponse created,
      co_await server::AwaitCall(request.call, accounts_.async(),
                                 &AccountsAsync::CreateFilter,
                                 std::move(create)));
  co_return JsonResponse(
      JsonObjectWriter().AddString("filter_id", created.filter_id()).str());
}

SyncRoutes::Answer SyncRoutes::GetFilter(const RoutedRequest& request) {
  pb::GetFilterRequest get;
  *get.mutable_principal() = request.principal;
  get.set_user_id(request.path.Get("user_id"));
  get.set_filter_id(request.path.Get("filter_id"));
  CAUSEWAY_CO_ASSIGN_OR_RETURN(
      pb::GetFilterResponse response,
      co_await server::AwaitCall(request.call, accounts_.async(),
                                 &AccountsAsync::GetFilter, std::move(get)));
  co_return JsonResponse(std::move(*response.mutable_filter_json()));
}

}  // namespace causeway::gateway
