// Rooms: what is read of them.

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "services/homeserver/rooms/membership.h"
#include "services/homeserver/rooms/room_history.h"
#include "services/homeserver/rooms/rooms_proto.h"
#include "services/homeserver/rooms/rooms_service.h"
#include "services/homeserver/sync/sync_token.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/status/status_macros.h"

namespace causeway::homeserver {
namespace {

absl::StatusOr<std::optional<Membership>> MembershipFilter(
    const std::string& word, absl::string_view field) {
  if (word.empty()) return std::optional<Membership>();
  std::optional<Membership> membership = ParseMembership(word);
  if (!membership.has_value()) {
    return matrix::InvalidParam(field, "not a membership");
  }
  return membership;
}

Reader ReaderOf(const Caller& caller) {
  return {.user_id = caller.acting.user_id,
          .txn_scope = caller.acting.txn_scope};
}

}  // namespace

RoomsService::Reactor* RoomsService::GetState(
    Context* context, const v1::GetStateRequest* request,
    v1::GetStateResponse* response) {
  return Serve(context, request, response,
               [this](Asking asking, const v1::GetStateRequest& request)
                   -> Answer<v1::GetStateResponse> {
                 CAUSEWAY_CO_ASSIGN_OR_RETURN(
                     std::vector<std::string> jsons,
                     domain_.views.State(asking.caller.acting.user_id,
                                         request.room_id()));
                 v1::GetStateResponse answer;
                 for (std::string& json : jsons) {
                   answer.add_event_jsons(std::move(json));
                 }
                 co_return answer;
               });
}

RoomsService::Reactor* RoomsService::GetStateEvent(
    Context* context, const v1::GetStateEventRequest* request,
    v1::GetStateEventResponse* response) {
  return Serve(context, request, response,
               [this](Asking asking, const v1::GetStateEventRequest& request)
                   -> Answer<v1::GetStateEventResponse> {
                 CAUSEWAY_CO_ASSIGN_OR_RETURN(
                     std::string content,
                     domain_.views.StateContent(
                         asking.caller.acting.user_id, request.room_id(),
                         {request.type(), request.state_key()}));
                 v1::GetStateEventResponse answer;
                 answer.set_content_json(std::move(content));
                 co_return answer;
               });
}

RoomsService::Reactor* RoomsService::GetMembers(
    Context* context, const v1::GetMembersRequest* request,
    v1::GetMembersResponse* response) {
  return Serve(
      context, request, response,
      [this](Asking asking, const v1::GetMembersRequest& request)
          -> Answer<v1::GetMembersResponse> {
        MemberChoice choice;
        CAUSEWAY_CO_ASSIGN_OR_RETURN(
            choice.only, MembershipFilter(request.membership(), "membership"));
        CAUSEWAY_CO_ASSIGN_OR_RETURN(
            choice.without,
            MembershipFilter(request.not_membership(), "not_membership"));
        CAUSEWAY_CO_ASSIGN_OR_RETURN(std::optional<int64_t> at,
                                     PositionFromToken(request.at(), "at"));
        CAUSEWAY_CO_ASSIGN_OR_RETURN(
            std::vector<StoredMember> members,
            domain_.views.Members(asking.caller.acting.user_id,
                                  request.room_id(), at, choice));
        v1::GetMembersResponse answer;
        for (const StoredMember& member : members) {
          *answer.add_members() = MemberToProto(member);
        }
        co_return answer;
      });
}

RoomsService::Reactor* RoomsService::GetMessages(
    Context* context, const v1::GetMessagesRequest* request,
    v1::GetMessagesResponse* response) {
  return Serve(context, request, response,
               [this](Asking asking, const v1::GetMessagesRequest& request)
                   -> Answer<v1::GetMessagesResponse> {
                 CAUSEWAY_CO_ASSIGN_OR_RETURN(MessagesQuery query,
                                              MessagesQueryFromProto(request));
                 CAUSEWAY_CO_ASSIGN_OR_RETURN(
                     MessagesPage page,
                     domain_.timeline.Messages(ReaderOf(asking.caller),
                                               request.room_id(), query));
                 co_return MessagesPageToProto(page);
               });
}

RoomsService::Reactor* RoomsService::GetEvent(
    Context* context, const v1::GetEventRequest* request,
    v1::GetEventResponse* response) {
  return Serve(
      context, request, response,
      [this](Asking asking, const v1::GetEventRequest& request)
          -> Answer<v1::GetEventResponse> {
        CAUSEWAY_CO_ASSIGN_OR_RETURN(
            std::string json,
            domain_.timeline.FindEvent(ReaderOf(asking.caller),
                                       request.room_id(), request.event_id()));
        v1::GetEventResponse answer;
        answer.set_event_json(std::move(json));
        co_return answer;
      });
}

RoomsService::Reactor* RoomsService::GetJoinedRooms(
    Context* context, const v1::GetJoinedRoomsRequest* request,
    v1::GetJoinedRoomsResponse* response) {
  return Serve(context, request, response,
               [this](Asking asking, const v1::GetJoinedRoomsRequest&)
                   -> Answer<v1::GetJoinedRoomsResponse> {
                 CAUSEWAY_CO_ASSIGN_OR_RETURN(
                     std::vector<std::string> room_ids,
                     domain_.views.JoinedRooms(asking.caller.acting.user_id));
                 v1::GetJoinedRoomsResponse answer;
                 for (std::string& room_id : room_ids) {
                   answer.add_room_ids(std::move(room_id));
                 }
                 co_return answer;
               });
}

RoomsService::Reactor* RoomsService::GetEventContext(
    Context* context, const v1::GetEventContextRequest* request,
    v1::GetEventContextResponse* response) {
  return Serve(
      context, request, response,
      [this](Asking asking, const v1::GetEventContextRequest& request)
          -> Answer<v1::GetEventContextResponse> {
        CAUSEWAY_CO_ASSIGN_OR_RETURN(const int limit,
                                     MessagesLimitFromProto(request.limit()));
        CAUSEWAY_CO_ASSIGN_OR_RETURN(const EventFilter filter,
                                     ParseEventFilter(request.filter_json()));
        CAUSEWAY_CO_ASSIGN_OR_RETURN(
            EventContext found,
            domain_.timeline.Context(ReaderOf(asking.caller), request.room_id(),
                                     request.event_id(), limit, filter));
        co_return EventContextToProto(std::move(found));
      });
}

RoomsService::Reactor* RoomsService::GetRoomAliases(
    Context* context, const v1::GetRoomAliasesRequest* request,
    v1::GetRoomAliasesResponse* response) {
  return Serve(context, request, response,
               [this](Asking asking, const v1::GetRoomAliasesRequest& request)
                   -> Answer<v1::GetRoomAliasesResponse> {
                 CAUSEWAY_CO_ASSIGN_OR_RETURN(
                     std::vector<std::string> aliases,
                     domain_.views.Aliases(asking.caller.acting.user_id,
                                           request.room_id()));
                 v1::GetRoomAliasesResponse answer;
                 for (std::string& alias : aliases) {
                   answer.add_room_aliases(std::move(alias));
                 }
                 co_return answer;
               });
}

RoomsService::Reactor* RoomsService::GetInitialSync(
    Context* context, const v1::GetInitialSyncRequest* request,
    v1::GetInitialSyncResponse* response) {
  return Serve(context, request, response,
               [this](Asking asking, const v1::GetInitialSyncRequest& request)
                   -> Answer<v1::GetInitialSyncResponse> {
                 co_return InitialSync(asking.caller, request);
               });
}

absl::StatusOr<v1::GetInitialSyncResponse> RoomsService::InitialSync(
    const Caller& caller, const v1::GetInitialSyncRequest& request) {
  const matrix::UserId& user_id = caller.acting.user_id;
  MessagesQuery query;
  query.backwards = true;
  CAUSEWAY_ASSIGN_OR_RETURN(query.limit,
                            MessagesLimitFromProto(request.limit()));
  CAUSEWAY_ASSIGN_OR_RETURN(matrix::RoomId room_id,
                            matrix::RoomId::Parse(request.room_id(), "roomId"));
  CAUSEWAY_ASSIGN_OR_RETURN(
      std::optional<Membership> membership,
      domain_.views.MembershipOf(user_id, request.room_id()));
  // First the messages: what happens meanwhile comes twice then, not never.
  CAUSEWAY_ASSIGN_OR_RETURN(
      MessagesPage page,
      domain_.timeline.Messages(ReaderOf(caller), request.room_id(), query));
  CAUSEWAY_ASSIGN_OR_RETURN(std::vector<std::string> state,
                            domain_.views.State(user_id, request.room_id()));
  CAUSEWAY_ASSIGN_OR_RETURN(const bool is_public,
                            domain_.directory.IsPublic(room_id));
  v1::GetInitialSyncResponse answer;
  if (membership.has_value()) {
    answer.set_membership(std::string(MembershipName(*membership)));
  }
  answer.set_is_public(is_public);
  for (std::string& json : state) answer.add_state_event_jsons(std::move(json));
  std::reverse(page.event_jsons.begin(), page.event_jsons.end());
  for (std::string& json : page.event_jsons) {
    answer.add_event_jsons(std::move(json));
  }
  answer.set_start(FormatSyncToken(page.end.value_or(0)));
  answer.set_end(FormatSyncToken(page.start));
  return answer;
}

RoomsService::Reactor* RoomsService::ListRooms(
    Context* context, const v1::ListRoomsRequest* request,
    v1::ListRoomsResponse* response) {
  return server::PostUnary(
      executor_, context, response,
      [this, request](const server::CallContext&) { return List(*request); });
}

absl::StatusOr<v1::ListRoomsResponse> RoomsService::List(
    const v1::ListRoomsRequest& request) {
  if (request.page_size() < 0) {
    return matrix::InvalidParam("page_size", "must not be negative");
  }
  const int limit = request.page_size() == 0
                        ? kRoomsPageDefault
                        : std::min<int>(request.page_size(), kRoomsPageMax);
  // One more than asked for tells whether there is more.
  CAUSEWAY_ASSIGN_OR_RETURN(
      std::vector<std::string> room_ids,
      domain_.views.AllRooms(request.page_token(), limit + 1));
  v1::ListRoomsResponse answer;
  if (room_ids.size() > static_cast<size_t>(limit)) {
    room_ids.resize(limit);
    answer.set_next_page_token(room_ids.back());
  }
  for (std::string& room_id : room_ids) {
    answer.add_room_ids(std::move(room_id));
  }
  return answer;
}

RoomsService::Reactor* RoomsService::FindEvent(
    Context* context, const v1::FindEventRequest* request,
    v1::FindEventResponse* response) {
  return server::PostUnary(
      executor_, context, response,
      [this, request](
          const server::CallContext&) -> absl::StatusOr<v1::FindEventResponse> {
        CAUSEWAY_ASSIGN_OR_RETURN(
            std::string json,
            domain_.timeline.FindAnyEvent(request->event_id()));
        v1::FindEventResponse answer;
        answer.set_event_json(std::move(json));
        return answer;
      });
}

}  // namespace causeway::homeserver
