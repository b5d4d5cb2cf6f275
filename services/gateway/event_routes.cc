#include "services/gateway/event_routes.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/gateway/query_values.h"
#include "services/gateway/raw_json.h"
#include "services/gateway/room_json.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/server/await_call.h"
#include "services/shared/status/status_macros.h"

namespace causeway::gateway {
namespace {

namespace pb = causeway::homeserver::v1;
using Async = pb::Rooms::StubInterface::async_interface;

// Only application services may set timestamps. To a person `ts` is a
// parameter that doesn't exist, whatever is in it.
// Source: https://spec.matrix.org/v1.17/application-service-api/#timestamp-massaging
absl::StatusOr<int64_t> GetTimestamp(const RoutedRequest& request) {
  if (!request.principal.has_appservice() &&
      request.principal.linked_appservice_uid().empty()) {
    return 0;
  }
  CAUSEWAY_ASSIGN_OR_RETURN(const std::optional<int64_t> ts,
                            GetNumber(request.http.parsed.query, "ts"));
  return ts.value_or(0);
}

absl::StatusOr<bool> GetBackwards(const QueryParameters& query) {
  // Source: https://spec.matrix.org/v1.17/client-server-api/#get_matrixclientv3roomsroomidmessages
  const absl::string_view direction = query.FirstOrEmpty("dir");
  if (direction == "b") return true;
  if (direction == "f") return false;
  return matrix::InvalidParam("dir", R"(expected "b" or "f")");
}

// 0 when it is missing. Above the homeserver's own bound all are alike.
absl::StatusOr<int32_t> GetLimit(const QueryParameters& query) {
  CAUSEWAY_ASSIGN_OR_RETURN(const std::optional<int64_t> limit,
                            GetNumber(query, "limit"));
  return static_cast<int32_t>(std::min<int64_t>(
      limit.value_or(0), std::numeric_limits<int32_t>::max()));
}

}  // namespace

EventRoutes::EventRoutes(pb::Rooms::StubInterface& rooms) : rooms_(rooms) {}

RouteTable EventRoutes::Routes() {
  RouteTable table;
  using Method = Answer (EventRoutes::*)(const RoutedRequest&);
  const auto add = [this, &table](const char* method, absl::string_view prefix,
                                  absl::string_view path, Method answer) {
    RoutePattern pattern = {
        method, absl::StrCat(prefix, "/rooms/{room_id}", path), {}};
    if (!prefix.empty()) pattern.versions = AllClientVersions();
    table.push_back({.pattern = std::move(pattern),
                     .auth = RouteAuth::kRequired,
                     .handler = [this, answer](const RoutedRequest& request) {
                       return (this->*answer)(request);
                     }});
  };
  constexpr absl::string_view kClient = "/_matrix/client/{version}";
  add("PUT", kClient, "/send/{event_type}/{txn_id}", &EventRoutes::SendMessage);
  // The draft names no prefix; its implementations had one.
  for (const absl::string_view prefix : {absl::string_view(), kClient}) {
    for (const char* method : {"PUT", "POST"}) {
      add(method, prefix, "/send/{event_type}", &EventRoutes::SendDraftMessage);
    }
  }
  constexpr absl::string_view kState = "/state/{event_type}/{state_key?}";
  add("PUT", kClient, kState, &EventRoutes::SendState);
  add("GET", kClient, kState, &EventRoutes::GetStateEvent);
  add("GET", kClient, "/state", &EventRoutes::GetState);
  add("GET", kClient, "/messages", &EventRoutes::GetMessages);
  add("GET", kClient, "/event/{event_id}", &EventRoutes::GetEvent);
  add("GET", kClient, "/context/{event_id}", &EventRoutes::GetContext);
  add("GET", kClient, "/initialSync", &EventRoutes::GetInitialSync);
  add("PUT", kClient, "/redact/{event_id}/{txn_id}", &EventRoutes::Redact);
  return table;
}

EventRoutes::Answer EventRoutes::SendMessage(const RoutedRequest& request) {
  pb::SendEventRequest event;
  event.set_txn_id(request.path.Get("txn_id"));
  return Send(request, std::move(event));
}

EventRoutes::Answer EventRoutes::SendDraftMessage(
    const RoutedRequest& request) {
  return Send(request, pb::SendEventRequest());
}

EventRoutes::Answer EventRoutes::SendState(const RoutedRequest& request) {
  pb::SendEventRequest event;
  event.set_has_state_key(true);
  event.set_state_key(request.path.Get("state_key"));
  return Send(request, std::move(event));
}

EventRoutes::Answer EventRoutes::Send(const RoutedRequest& request,
                                      pb::SendEventRequest event) {
  CAUSEWAY_CO_RETURN_IF_ERROR(CheckObject(request.http.body));
  CAUSEWAY_CO_ASSIGN_OR_RETURN(const int64_t timestamp, GetTimestamp(request));
  *event.mutable_principal() = request.principal;
  event.set_room_id(request.path.Get("room_id"));
  event.set_type(request.path.Get("event_type"));
  event.set_content_json(request.http.body);
  event.set_origin_server_ts(timestamp);
  CAUSEWAY_CO_ASSIGN_OR_RETURN(
      const pb::SendEventResponse sent,
      co_await server::AwaitCall(request.call, rooms_.async(),
                                 &Async::SendEvent, std::move(event)));
  co_return JsonResponse(EventIdAnswer(sent.event_id()));
}

EventRoutes::Answer EventRoutes::GetState(const RoutedRequest& request) {
  pb::GetStateRequest get;
  *get.mutable_principal() = request.principal;
  get.set_room_id(request.path.Get("room_id"));
  CAUSEWAY_CO_ASSIGN_OR_RETURN(
      const pb::GetStateResponse response,
      co_await server::AwaitCall(request.call, rooms_.async(), &Async::GetState,
                                 std::move(get)));
  co_return JsonResponse(JsonArray(response.event_jsons()));
}

EventRoutes::Answer EventRoutes::GetStateEvent(const RoutedRequest& request) {
  pb::GetStateEventRequest get;
  *get.mutable_principal() = request.principal;
  get.set_room_id(request.path.Get("room_id"));
  get.set_type(request.path.Get("event_type"));
  get.set_state_key(request.path.Get("state_key"));
  CAUSEWAY_CO_ASSIGN_OR_RETURN(
      pb::GetStateEventResponse response,
      co_await server::AwaitCall(request.call, rooms_.async(),
                                 &Async::GetStateEvent, std::move(get)));
  co_return JsonResponse(std::move(*response.mutable_content_json()));
}

EventRoutes::Answer EventRoutes::GetMessages(const RoutedRequest& request) {
  const QueryParameters& query = request.http.parsed.query;
  pb::GetMessagesRequest get;
  CAUSEWAY_CO_ASSIGN_OR_RETURN(const bool backwards, GetBackwards(query));
  CAUSEWAY_CO_ASSIGN_OR_RETURN(const int32_t limit, GetLimit(query));
  *get.mutable_principal() = request.principal;
  get.set_room_id(request.path.Get("room_id"));
  get.set_filter_json(std::string(query.FirstOrEmpty("filter")));
  get.set_backwards(backwards);
  get.set_from(std::string(query.FirstOrEmpty("from")));
  get.set_to(std::string(query.FirstOrEmpty("to")));
  get.set_limit(limit);
  CAUSEWAY_CO_ASSIGN_OR_RETURN(
      const pb::GetMessagesResponse response,
      co_await server::AwaitCall(request.call, rooms_.async(),
                                 &Async::GetMessages, std::move(get)));
  co_return JsonResponse(MessagesAnswer(response));
}

EventRoutes::Answer EventRoutes::GetEvent(const RoutedRequest& request) {
  pb::GetEventRequest get;
  *get.mutable_principal() = request.principal;
  get.set_room_id(request.path.Get("room_id"));
  get.set_event_id(request.path.Get("event_id"));
  CAUSEWAY_CO_ASSIGN_OR_RETURN(
      pb::GetEventResponse response,
      co_await server::AwaitCall(request.call, rooms_.async(), &Async::GetEvent,
                                 std::move(get)));
  co_return JsonResponse(std::move(*response.mutable_event_json()));
}

EventRoutes::Answer EventRoutes::GetContext(const RoutedRequest& request) {
  const QueryParameters& query = request.http.parsed.query;
  pb::GetEventContextRequest get;
  CAUSEWAY_CO_ASSIGN_OR_RETURN(const int32_t limit, GetLimit(query));
  *get.mutable_principal() = request.principal;
  get.set_room_id(request.path.Get("room_id"));
  get.set_event_id(request.path.Get("event_id"));
  get.set_limit(limit);
  get.set_filter_json(std::string(query.FirstOrEmpty("filter")));
  CAUSEWAY_CO_ASSIGN_OR_RETURN(
      const pb::GetEventContextResponse response,
      co_await server::AwaitCall(request.call, rooms_.async(),
                                 &Async::GetEventContext, std::move(get)));
  co_return JsonResponse(ContextAnswer(response));
}

EventRoutes::Answer EventRoutes::GetInitialSync(const RoutedRequest& request) {
  pb::GetInitialSyncRequest get;
  CAUSEWAY_CO_ASSIGN_OR_RETURN(const int32_t limit,
                               GetLimit(request.http.parsed.query));
  *get.mutable_principal() = request.principal;
  get.set_room_id(request.path.Get("room_id"));
  get.set_limit(limit);
  CAUSEWAY_CO_ASSIGN_OR_RETURN(
      const pb::GetInitialSyncResponse response,
      co_await server::AwaitCall(request.call, rooms_.async(),
                                 &Async::GetInitialSync, std::move(get)));
  pb::SyncRequest sync;
  *sync.mutable_principal() = request.principal;
  sync.set_filter(RoomAccountDataFilter(request.path.Get("room_id")));
  sync.set_set_presence("offline");  // It is no sync of the user's own.
  CAUSEWAY_CO_ASSIGN_OR_RETURN(
      const pb::SyncResponse account_data,
      co_await server::AwaitCall(request.call, rooms_.async(), &Async::Sync,
                                 std::move(sync)));
  co_return JsonResponse(
      InitialSyncAnswer(request.path.Get("room_id"), response, account_data));
}

EventRoutes::Answer EventRoutes::Redact(const RoutedRequest& request) {
  pb::RedactEventRequest redact;
  CAUSEWAY_CO_ASSIGN_OR_RETURN(*redact.mutable_reason(),
                               ParseReason(request.http.body));
  CAUSEWAY_CO_ASSIGN_OR_RETURN(const int64_t timestamp, GetTimestamp(request));
  *redact.mutable_principal() = request.principal;
  redact.set_room_id(request.path.Get("room_id"));
  redact.set_event_id(request.path.Get("event_id"));
  redact.set_txn_id(request.path.Get("txn_id"));
  redact.set_origin_server_ts(timestamp);
  CAUSEWAY_CO_ASSIGN_OR_RETURN(
      const pb::SendEventResponse sent,
      co_await server::AwaitCall(request.call, rooms_.async(),
                                 &Async::RedactEvent, std::move(redact)));
  co_return JsonResponse(EventIdAnswer(sent.event_id()));
}

}  // namespace causeway::gateway
