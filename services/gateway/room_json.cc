#include "services/gateway/room_json.h"

#include <array>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/gateway/raw_json.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/matrix/json.h"
#include "services/shared/matrix/utf8.h"
#include "services/shared/status/status_macros.h"

namespace causeway::gateway {
namespace {

namespace pb = causeway::homeserver::v1;
using matrix::Json;

absl::StatusOr<std::string> GetStringOrEmpty(const Json& object,
                                             absl::string_view field) {
  CAUSEWAY_ASSIGN_OR_RETURN(std::optional<std::string> value,
                            matrix::GetOptionalString(object, field));
  return std::move(value).value_or("");
}

// Empty when the object isn't there.
absl::StatusOr<std::string> GetObjectBytes(const Json& object,
                                           absl::string_view field) {
  CAUSEWAY_ASSIGN_OR_RETURN(const Json* found,
                            matrix::GetOptionalObject(object, field));
  return found == nullptr ? std::string() : matrix::DumpJson(*found);
}

std::string StringArray(
    const google::protobuf::RepeatedPtrField<std::string>& strings) {
  Json array = Json::array();
  for (const std::string& text : strings) array.push_back(text);
  return matrix::DumpJson(array);
}

absl::Status ParsePreset(const Json& body, pb::CreateRoomRequest& request) {
  CAUSEWAY_ASSIGN_OR_RETURN(const std::string preset,
                            GetStringOrEmpty(body, "preset"));
  constexpr std::array<
      std::pair<absl::string_view, pb::CreateRoomRequest::Preset>, 4>
      kPresets = {{{"", pb::CreateRoomRequest::PRESET_UNSPECIFIED},
                   {"private_chat", pb::CreateRoomRequest::PRIVATE_CHAT},
                   {"public_chat", pb::CreateRoomRequest::PUBLIC_CHAT},
                   {"trusted_private_chat",
                    pb::CreateRoomRequest::TRUSTED_PRIVATE_CHAT}}};
  for (const auto& [name, value] : kPresets) {
    if (name != preset) continue;
    request.set_preset(value);
    return absl::OkStatus();
  }
  return matrix::InvalidParam(
      "preset", absl::StrCat(matrix::Quote(preset), " is not a preset"));
}

absl::Status ParseVisibility(const Json& body, pb::CreateRoomRequest& request) {
  CAUSEWAY_ASSIGN_OR_RETURN(const std::string visibility,
                            GetStringOrEmpty(body, "visibility"));
  if (visibility != "" && visibility != "public" && visibility != "private") {
    return matrix::InvalidParam("visibility",
                                R"(expected "public" or "private")");
  }
  request.set_public_visibility(visibility == "public");
  return absl::OkStatus();
}

// There is no identity server that would know whom to invite.
absl::Status ThirdPartyInvite() {
  return matrix::Forbidden("this server takes no third-party invites");
}

absl::Status ParseInvites(const Json& body, pb::CreateRoomRequest& request) {
  CAUSEWAY_ASSIGN_OR_RETURN(const Json* third_party,
                            matrix::GetOptionalArray(body, "invite_3pid"));
  if (third_party != nullptr && !third_party->empty()) {
    return ThirdPartyInvite();
  }
  CAUSEWAY_ASSIGN_OR_RETURN(const Json* invites,
                            matrix::GetOptionalArray(body, "invite"));
  if (invites == nullptr) return absl::OkStatus();
  for (size_t i = 0; i < invites->size(); ++i) {
    if (!(*invites)[i].is_string()) {
      return matrix::BadJson(absl::StrCat("invite[", i, "]"),
                             "expected a string");
    }
    request.add_invites((*invites)[i].get<std::string>());
  }
  return absl::OkStatus();
}

absl::Status ParseInitialState(const Json& body,
                               pb::CreateRoomRequest& request) {
  CAUSEWAY_ASSIGN_OR_RETURN(const Json* events,
                            matrix::GetOptionalArray(body, "initial_state"));
  if (events == nullptr) return absl::OkStatus();
  for (size_t i = 0; i < events->size(); ++i) {
    const Json& event = (*events)[i];
    if (!event.is_object()) {
      return matrix::BadJson(absl::StrCat("initial_state[", i, "]"),
                             "expected an object");
    }
    pb::StateEvent& state = *request.add_initial_state();
    CAUSEWAY_ASSIGN_OR_RETURN(*state.mutable_type(),
                              matrix::GetString(event, "type"));
    CAUSEWAY_ASSIGN_OR_RETURN(*state.mutable_state_key(),
                              GetStringOrEmpty(event, "state_key"));
    CAUSEWAY_ASSIGN_OR_RETURN(const Json* content,
                              matrix::GetObject(event, "content"));
    state.set_content_json(matrix::DumpJson(*content));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<pb::CreateRoomRequest> ParseCreateRoom(absl::string_view body) {
  CAUSEWAY_ASSIGN_OR_RETURN(const Json json,
                            matrix::ParseObjectOrNothing(body));
  pb::CreateRoomRequest request;
  CAUSEWAY_ASSIGN_OR_RETURN(*request.mutable_room_alias_name(),
                            GetStringOrEmpty(json, "room_alias_name"));
  CAUSEWAY_ASSIGN_OR_RETURN(*request.mutable_name(),
                            GetStringOrEmpty(json, "name"));
  CAUSEWAY_ASSIGN_OR_RETURN(*request.mutable_topic(),
                            GetStringOrEmpty(json, "topic"));
  CAUSEWAY_ASSIGN_OR_RETURN(*request.mutable_room_version(),
                            GetStringOrEmpty(json, "room_version"));
  CAUSEWAY_ASSIGN_OR_RETURN(const std::optional<bool> is_direct,
                            matrix::GetOptionalBool(json, "is_direct"));
  request.set_is_direct(is_direct.value_or(false));
  CAUSEWAY_ASSIGN_OR_RETURN(*request.mutable_creation_content_json(),
                            GetObjectBytes(json, "creation_content"));
  CAUSEWAY_ASSIGN_OR_RETURN(
      *request.mutable_power_level_content_override_json(),
      GetObjectBytes(json, "power_level_content_override"));
  CAUSEWAY_RETURN_IF_ERROR(ParsePreset(json, request));
  CAUSEWAY_RETURN_IF_ERROR(ParseVisibility(json, request));
  CAUSEWAY_RETURN_IF_ERROR(ParseInvites(json, request));
  CAUSEWAY_RETURN_IF_ERROR(ParseInitialState(json, request));
  return request;
}

absl::StatusOr<pb::SetMembershipRequest> ParseSetMembership(
    absl::string_view body, pb::SetMembershipRequest::Action action,
    bool needs_user) {
  CAUSEWAY_ASSIGN_OR_RETURN(const Json json,
                            matrix::ParseObjectOrNothing(body));
  if (action == pb::SetMembershipRequest::INVITE && json.contains("medium")) {
    return ThirdPartyInvite();
  }
  pb::SetMembershipRequest request;
  request.set_action(action);
  if (needs_user) {
    CAUSEWAY_ASSIGN_OR_RETURN(*request.mutable_user_id(),
                              matrix::GetString(json, "user_id"));
  }
  CAUSEWAY_ASSIGN_OR_RETURN(*request.mutable_reason(),
                            GetStringOrEmpty(json, "reason"));
  return request;
}

absl::StatusOr<std::string> ParseReason(absl::string_view body) {
  CAUSEWAY_ASSIGN_OR_RETURN(const Json json,
                            matrix::ParseObjectOrNothing(body));
  return GetStringOrEmpty(json, "reason");
}

absl::StatusOr<std::string> ParseAliasTarget(absl::string_view body) {
  CAUSEWAY_ASSIGN_OR_RETURN(const Json json, matrix::ParseObject(body));
  return matrix::GetString(json, "room_id");
}

absl::Status CheckObject(absl::string_view body) {
  return matrix::ParseObject(body).status();
}

std::string RoomIdAnswer(absl::string_view room_id) {
  return JsonObjectWriter().AddString("room_id", room_id).str();
}

std::string EventIdAnswer(absl::string_view event_id) {
  return JsonObjectWriter().AddString("event_id", event_id).str();
}

std::string JoinedRoomsAnswer(const pb::GetJoinedRoomsResponse& response) {
  return JsonObjectWriter()
      .Add("joined_rooms", StringArray(response.room_ids()))
      .str();
}

std::string AliasesAnswer(const pb::GetRoomAliasesResponse& response) {
  return JsonObjectWriter()
      .Add("aliases", StringArray(response.room_aliases()))
      .str();
}

std::string AliasAnswer(absl::string_view room_id,
                        absl::string_view server_name) {
  return JsonObjectWriter()
      .AddString("room_id", room_id)
      .Add("servers", absl::StrCat("[", JsonString(server_name), "]"))
      .str();
}

std::string MembersAnswer(const pb::GetMembersResponse& response) {
  google::protobuf::RepeatedPtrField<std::string> events;
  for (const auto& member : response.members())
    *events.Add() = member.event_json();
  return JsonObjectWriter().Add("chunk", JsonArray(events)).str();
}

std::string JoinedMembersAnswer(const pb::GetMembersResponse& response) {
  JsonObjectWriter joined;
  for (const pb::GetMembersResponse::Member& member : response.members()) {
    JsonObjectWriter profile;
    if (member.profile().has_display_name()) {
      profile.AddString("display_name", member.profile().display_name());
    }
    if (member.profile().has_avatar_url()) {
      profile.AddString("avatar_url", member.profile().avatar_url());
    }
    joined.Add(member.user_id(), profile.str());
  }
  return JsonObjectWriter().Add("joined", joined.str()).str();
}

std::string ContextAnswer(const pb::GetEventContextResponse& response) {
  return JsonObjectWriter()
      .Add("event", response.event_json())
      .Add("events_before", JsonArray(response.before_jsons()))
      .Add("events_after", JsonArray(response.after_jsons()))
      .Add("state", JsonArray(response.state_event_jsons()))
      .AddString("start", response.start())
      .AddString("end", response.end())
      .str();
}

std::string RoomAccountDataFilter(absl::string_view room_id) {
  constexpr char kNothing[] = R"({"types":[]})";
  return JsonObjectWriter()
      .Add("account_data", kNothing)
      .Add("presence", kNothing)
      .Add("room",
           JsonObjectWriter()
               .Add("rooms", absl::StrCat("[", JsonString(room_id), "]"))
               .Add("timeline", kNothing)
               .Add("state", kNothing)
               .Add("ephemeral", kNothing)
               .str())
      .str();
}

std::string InitialSyncAnswer(absl::string_view room_id,
                              const pb::GetInitialSyncResponse& response,
                              const pb::SyncResponse& account_data) {
  const std::string messages =
      JsonObjectWriter()
          .Add("chunk", JsonArray(response.event_jsons()))
          .AddString("start", response.start())
          .AddString("end", response.end())
          .str();
  JsonObjectWriter answer;
  answer.AddString("room_id", room_id);
  if (!response.membership().empty()) {
    answer.AddString("membership", response.membership());
  }
  answer.AddString("visibility", response.is_public() ? "public" : "private")
      .Add("messages", messages)
      .Add("state", JsonArray(response.state_event_jsons()));
  // Who keeps nothing of the room is told of no room.
  const bool keeps_some = !account_data.joined().empty();
  return answer
      .Add("account_data",
           keeps_some ? JsonArray(account_data.joined(0).account_data_jsons())
                      : "[]")
      .str();
}

std::string MessagesAnswer(const pb::GetMessagesResponse& response) {
  JsonObjectWriter answer;
  answer.Add("chunk", JsonArray(response.event_jsons()));
  if (!response.state_event_jsons().empty()) {
    answer.Add("state", JsonArray(response.state_event_jsons()));
  }
  answer.AddString("start", response.start());
  if (!response.end().empty()) answer.AddString("end", response.end());
  return answer.str();
}

}  // namespace causeway::gateway
