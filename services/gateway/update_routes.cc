#include "services/gateway/update_routes.h"

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "services/gateway/room_json.h"
#include "services/gateway/update_json.h"
#include "services/shared/server/await_call.h"
#include "services/shared/status/status_macros.h"

namespace causeway::gateway {
namespace {

namespace pb = causeway::homeserver::v1;
using Async = pb::Updates::StubInterface::async_interface;

constexpr char kTagType[] = "m.tag";

}  // namespace

UpdateRoutes::UpdateRoutes(pb::Updates::StubInterface& updates)
    : updates_(updates) {}

RouteTable UpdateRoutes::Routes() {
  RouteTable table;
  const auto add = [&table](const char* method, absl::string_view path,
                            RouteHandler handler) {
    table.push_back(
        {.pattern = {method, absl::StrCat("/_matrix/client/{version}", path),
                     AllClientVersions()},
         .auth = RouteAuth::kRequired,
         .handler = std::move(handler)});
  };
  const auto plain =
      [this](Answer (UpdateRoutes::*answer)(const RoutedRequest&)) {
        return [this, answer](const RoutedRequest& request) {
          return (this->*answer)(request);
        };
      };
  const auto either =
      [this](Answer (UpdateRoutes::*answer)(const RoutedRequest&, bool),
             bool which) {
        return [this, answer, which](const RoutedRequest& request) {
          return (this->*answer)(request, which);
        };
      };
  constexpr absl::string_view kOfAll = "/user/{user_id}/account_data/{type}";
  add("GET", kOfAll, either(&UpdateRoutes::GetAccountData, false));
  add("PUT", kOfAll, either(&UpdateRoutes::SetAccountData, false));
  constexpr absl::string_view kRoom = "/user/{user_id}/rooms/{room_id}";
  const std::string of_room = absl::StrCat(kRoom, "/account_data/{type}");
  add("GET", of_room, either(&UpdateRoutes::GetAccountData, true));
  add("PUT", of_room, either(&UpdateRoutes::SetAccountData, true));
  const std::string tags = absl::StrCat(kRoom, "/tags");
  add("GET", tags, plain(&UpdateRoutes::GetTags));
  const std::string tag = absl::StrCat(tags, "/{tag}");
  add("PUT", tag, either(&UpdateRoutes::SetTag, false));
  add("DELETE", tag, either(&UpdateRoutes::SetTag, true));
  add("PUT", "/rooms/{room_id}/typing/{user_id}",
      plain(&UpdateRoutes::SetTyping));
  add("POST", "/rooms/{room_id}/receipt/{receipt_type}/{event_id}",
      plain(&UpdateRoutes::SendReceipt));
  add("POST", "/rooms/{room_id}/read_markers",
      plain(&UpdateRoutes::SetReadMarkers));
  add("GET", "/presence/{user_id}/status", plain(&UpdateRoutes::GetPresence));
  add("PUT", "/presence/{user_id}/status", plain(&UpdateRoutes::SetPresence));
  add("PUT", "/sendToDevice/{event_type}/{txn_id}",
      plain(&UpdateRoutes::SendToDevice));
  return table;
}

UpdateRoutes::Answer UpdateRoutes::GetAccountData(const RoutedRequest& request,
                                                  bool of_room) {
  pb::GetAccountDataRequest get;
  *get.mutable_principal() = request.principal;
  get.set_user_id(request.path.Get("user_id"));
  if (of_room) get.set_room_id(request.path.Get("room_id"));
  get.set_type(request.path.Get("type"));
  CAUSEWAY_CO_ASSIGN_OR_RETURN(
      pb::GetAccountDataResponse response,
      co_await server::AwaitCall(request.call, updates_.async(),
                                 &Async::GetAccountData, std::move(get)));
  co_return JsonResponse(std::move(*response.mutable_content_json()));
}

UpdateRoutes::Answer UpdateRoutes::SetAccountData(const RoutedRequest& request,
                                                  bool of_room) {
  CAUSEWAY_CO_RETURN_IF_ERROR(CheckObject(request.http.body));
  pb::SetAccountDataRequest set;
  *set.mutable_principal() = request.principal;
  set.set_user_id(request.path.Get("user_id"));
  if (of_room) set.set_room_id(request.path.Get("room_id"));
  set.set_type(request.path.Get("type"));
  set.set_content_json(request.http.body);
  CAUSEWAY_CO_RETURN_IF_ERROR(
      (co_await server::AwaitCall(request.call, updates_.async(),
                                  &Async::SetAccountData, std::move(set)))
          .status());
  co_return JsonResponse("{}");
}

UpdateRoutes::Answer UpdateRoutes::GetTags(const RoutedRequest& request) {
  pb::GetAccountDataRequest get;
  *get.mutable_principal() = request.principal;
  get.set_user_id(request.path.Get("user_id"));
  get.set_room_id(request.path.Get("room_id"));
  get.set_type(kTagType);
  absl::StatusOr<pb::GetAccountDataResponse> response =
      co_await server::AwaitCall(request.call, updates_.async(),
                                 &Async::GetAccountData, std::move(get));
  if (absl::IsNotFound(response.status())) {
    co_return JsonResponse(R"({"tags":{}})");
  }
  CAUSEWAY_CO_RETURN_IF_ERROR(response.status());
  co_return JsonResponse(std::move(*response->mutable_content_json()));
}

UpdateRoutes::Answer UpdateRoutes::SetTag(const RoutedRequest& request,
                                          bool deletes) {
  pb::SetTagRequest set;
  *set.mutable_principal() = request.principal;
  set.set_user_id(request.path.Get("user_id"));
  set.set_room_id(request.path.Get("room_id"));
  set.set_tag(request.path.Get("tag"));
  if (!deletes) {
    // A tag without an order: clients send no body then.
    set.set_content_json(request.http.body.empty() ? "{}" : request.http.body);
    CAUSEWAY_CO_RETURN_IF_ERROR(CheckObject(set.content_json()));
  }
  CAUSEWAY_CO_RETURN_IF_ERROR(
      (co_await server::AwaitCall(request.call, updates_.async(),
                                  &Async::SetTag, std::move(set)))
          .status());
  co_return JsonResponse("{}");
}

UpdateRoutes::Answer UpdateRoutes::SetTyping(const RoutedRequest& request) {
  CAUSEWAY_CO_ASSIGN_OR_RETURN(pb::SetTypingRequest set,
                               ParseTyping(request.http.body));
  *set.mutable_principal() = request.principal;
  set.set_room_id(request.path.Get("room_id"));
  set.set_user_id(request.path.Get("user_id"));
  CAUSEWAY_CO_RETURN_IF_ERROR(
      (co_await server::AwaitCall(request.call, updates_.async(),
                                  &Async::SetTyping, std::move(set)))
          .status());
  co_return JsonResponse("{}");
}

UpdateRoutes::Answer UpdateRoutes::SendReceipt(const RoutedRequest& request) {
  CAUSEWAY_CO_ASSIGN_OR_RETURN(std::string thread_id,
                               ParseReceiptThread(request.http.body));
  pb::SendReceiptsRequest send;
  *send.mutable_principal() = request.principal;
  send.set_room_id(request.path.Get("room_id"));
  pb::SendReceiptsRequest::Receipt& receipt = *send.add_receipts();
  receipt.set_type(request.path.Get("receipt_type"));
  receipt.set_event_id(request.path.Get("event_id"));
  receipt.set_thread_id(std::move(thread_id));
  CAUSEWAY_CO_RETURN_IF_ERROR(
      (co_await server::AwaitCall(request.call, updates_.async(),
                                  &Async::SendReceipts, std::move(send)))
          .status());
  co_return JsonResponse("{}");
}

UpdateRoutes::Answer UpdateRoutes::SetReadMarkers(
    const RoutedRequest& request) {
  CAUSEWAY_CO_ASSIGN_OR_RETURN(pb::SendReceiptsRequest send,
                               ParseReadMarkers(request.http.body));
  *send.mutable_principal() = request.principal;
  send.set_room_id(request.path.Get("room_id"));
  CAUSEWAY_CO_RETURN_IF_ERROR(
      (co_await server::AwaitCall(request.call, updates_.async(),
                                  &Async::SendReceipts, std::move(send)))
          .status());
  co_return JsonResponse("{}");
}

UpdateRoutes::Answer UpdateRoutes::GetPresence(const RoutedRequest& request) {
  pb::GetPresenceRequest get;
  *get.mutable_principal() = request.principal;
  get.set_user_id(request.path.Get("user_id"));
  CAUSEWAY_CO_ASSIGN_OR_RETURN(
      const pb::GetPresenceResponse response,
      co_await server::AwaitCall(request.call, updates_.async(),
                                 &Async::GetPresence, std::move(get)));
  co_return JsonResponse(PresenceAnswer(response));
}

UpdateRoutes::Answer UpdateRoutes::SetPresence(const RoutedRequest& request) {
  CAUSEWAY_CO_ASSIGN_OR_RETURN(pb::SetPresenceRequest set,
                               ParsePresence(request.http.body));
  *set.mutable_principal() = request.principal;
  set.set_user_id(request.path.Get("user_id"));
  CAUSEWAY_CO_RETURN_IF_ERROR(
      (co_await server::AwaitCall(request.call, updates_.async(),
                                  &Async::SetPresence, std::move(set)))
          .status());
  co_return JsonResponse("{}");
}

UpdateRoutes::Answer UpdateRoutes::SendToDevice(const RoutedRequest& request) {
  CAUSEWAY_CO_ASSIGN_OR_RETURN(pb::SendToDeviceRequest send,
                               ParseToDevice(request.http.body));
  *send.mutable_principal() = request.principal;
  send.set_type(request.path.Get("event_type"));
  send.set_txn_id(request.path.Get("txn_id"));
  CAUSEWAY_CO_RETURN_IF_ERROR(
      (co_await server::AwaitCall(request.call, updates_.async(),
                                  &Async::SendToDevice, std::move(send)))
          .status());
  co_return JsonResponse("{}");
}

}  // namespace causeway::gateway
