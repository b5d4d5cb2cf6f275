#include "services/homeserver/rooms/rooms_proto.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "services/homeserver/device_keys/device_key_store.h"
#include "services/homeserver/rooms/event.h"
#include "services/homeserver/rooms/room_content.h"
#include "services/homeserver/sync/sync_token.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/matrix/json.h"
#include "services/shared/matrix/utf8.h"
#include "services/shared/status/status_macros.h"

namespace causeway::homeserver {
namespace {

using matrix::Json;

constexpr int kMessagesLimitDefault = 10;
constexpr int kMessagesLimitMax = 1000;

absl::StatusOr<RoomPreset> PresetFromProto(const v1::CreateRoomRequest& proto) {
  switch (proto.preset()) {
    case v1::CreateRoomRequest::PRESET_UNSPECIFIED:
      return proto.public_visibility() ? RoomPreset::kPublicChat
                                       : RoomPreset::kPrivateChat;
    case v1::CreateRoomRequest::PRIVATE_CHAT:
      return RoomPreset::kPrivateChat;
    case v1::CreateRoomRequest::PUBLIC_CHAT:
      return RoomPreset::kPublicChat;
    case v1::CreateRoomRequest::TRUSTED_PRIVATE_CHAT:
      return RoomPreset::kTrustedPrivateChat;
    default:
      return matrix::InvalidParam("preset", "not one that is known");
  }
}

absl::Status CheckTimestamp(int64_t origin_server_ts) {
  if (origin_server_ts >= 0 && origin_server_ts <= matrix::kCanonicalIntMax) {
    return absl::OkStatus();
  }
  return matrix::InvalidParam(
      "ts", absl::StrCat("must be from 0 to ", matrix::kCanonicalIntMax));
}

// Profile fields of a stored member event.
v1::Profile ProfileIn(const std::string& event_json) {
  v1::Profile profile;
  absl::StatusOr<Event> event = ParseStoredEvent(event_json);
  if (!event.ok()) return profile;
  absl::StatusOr<Json> content = matrix::ParseObject(event->content_json);
  if (!content.ok()) return profile;
  absl::StatusOr<std::string> name = matrix::GetString(*content, "displayname");
  if (name.ok()) {
    profile.set_has_display_name(true);
    profile.set_display_name(*std::move(name));
  }
  absl::StatusOr<std::string> avatar =
      matrix::GetString(*content, "avatar_url");
  if (avatar.ok()) {
    profile.set_has_avatar_url(true);
    profile.set_avatar_url(*std::move(avatar));
  }
  return profile;
}

void Move(std::vector<std::string>& jsons,
          google::protobuf::RepeatedPtrField<std::string>& to) {
  for (std::string& json : jsons) *to.Add() = std::move(json);
}

void FillSummary(const RoomSummary& summary, v1::SyncResponse::Joined& proto) {
  proto.set_joined_member_count(summary.joined_count);
  proto.set_invited_member_count(summary.invited_count);
  if (!summary.heroes.has_value()) return;
  for (const std::string& user_id : *summary.heroes) proto.add_heroes(user_id);
}

// Fills a SyncResponse::Joined or ::Left.
template <typename Proto>
void FillSyncedRoom(SyncedRoom room, Proto& proto) {
  proto.set_room_id(std::move(room.room_id));
  for (std::string& json : room.state) {
    proto.add_state_event_jsons(std::move(json));
  }
  for (std::string& json : room.timeline) {
    proto.add_timeline_event_jsons(std::move(json));
  }
  proto.set_limited(room.limited);
  proto.set_prev_batch(FormatSyncToken(room.prev_position));
}

}  // namespace

absl::StatusOr<std::optional<int64_t>> PositionFromToken(
    const std::string& token, absl::string_view field) {
  if (token.empty()) return std::optional<int64_t>();
  CAUSEWAY_ASSIGN_OR_RETURN(int64_t position, ParseSyncToken(token, field));
  return std::optional<int64_t>(position);
}

absl::StatusOr<RoomRequest> RoomRequestFromProto(
    const v1::CreateRoomRequest& proto, const matrix::ServerName& server_name) {
  if (!proto.room_version().empty() && proto.room_version() != kRoomVersion) {
    return matrix::MakeError(
        absl::StatusCode::kInvalidArgument, "M_UNSUPPORTED_ROOM_VERSION",
        absl::StrCat("room version ", matrix::Quote(proto.room_version()),
                     " is not supported, only ", kRoomVersion));
  }
  RoomRequest request;
  if (!proto.room_alias_name().empty()) {
    CAUSEWAY_ASSIGN_OR_RETURN(
        request.alias, matrix::RoomAlias::Make(proto.room_alias_name(),
                                               server_name, "room_alias_name"));
  }
  CAUSEWAY_ASSIGN_OR_RETURN(request.preset, PresetFromProto(proto));
  request.is_public = proto.public_visibility();
  request.name = proto.name();
  request.topic = proto.topic();
  request.is_direct = proto.is_direct();
  for (const std::string& invite : proto.invites()) {
    CAUSEWAY_ASSIGN_OR_RETURN(matrix::UserId user_id,
                              matrix::UserId::Parse(invite, "invite"));
    request.invites.push_back({.user_id = std::move(user_id), .profile = {}});
  }
  for (const v1::StateEvent& state : proto.initial_state()) {
    request.initial_state.push_back({.type = state.type(),
                                     .state_key = state.state_key(),
                                     .content_json = state.content_json()});
  }
  request.creation_content_json = proto.creation_content_json();
  request.power_level_content_override =
      proto.power_level_content_override_json();
  return request;
}

absl::StatusOr<SendRequest> SendRequestFromProto(
    const v1::SendEventRequest& proto) {
  CAUSEWAY_ASSIGN_OR_RETURN(matrix::RoomId room_id,
                            matrix::RoomId::Parse(proto.room_id(), "roomId"));
  CAUSEWAY_RETURN_IF_ERROR(CheckTimestamp(proto.origin_server_ts()));
  std::optional<std::string> state_key;
  if (proto.has_state_key()) state_key = proto.state_key();
  return SendRequest{.room_id = std::move(room_id),
                     .type = proto.type(),
                     .state_key = std::move(state_key),
                     .content_json = proto.content_json(),
                     .txn_id = proto.txn_id(),
                     .origin_server_ts = proto.origin_server_ts()};
}

absl::StatusOr<MembershipAction> MembershipActionFromProto(
    v1::SetMembershipRequest::Action action) {
  switch (action) {
    case v1::SetMembershipRequest::INVITE:
      return MembershipAction::kInvite;
    case v1::SetMembershipRequest::LEAVE:
      return MembershipAction::kLeave;
    case v1::SetMembershipRequest::KICK:
      return MembershipAction::kKick;
    case v1::SetMembershipRequest::BAN:
      return MembershipAction::kBan;
    case v1::SetMembershipRequest::UNBAN:
      return MembershipAction::kUnban;
    default:
      return matrix::InvalidParam("action", "not one that is known");
  }
}

absl::StatusOr<RedactRequest> RedactRequestFromProto(
    const v1::RedactEventRequest& proto) {
  CAUSEWAY_ASSIGN_OR_RETURN(matrix::RoomId room_id,
                            matrix::RoomId::Parse(proto.room_id(), "roomId"));
  CAUSEWAY_ASSIGN_OR_RETURN(
      matrix::EventId event_id,
      matrix::EventId::Parse(proto.event_id(), "eventId"));
  CAUSEWAY_RETURN_IF_ERROR(CheckTimestamp(proto.origin_server_ts()));
  return RedactRequest{.room_id = std::move(room_id),
                       .event_id = std::move(event_id),
                       .reason = proto.reason(),
                       .txn_id = proto.txn_id(),
                       .origin_server_ts = proto.origin_server_ts()};
}

absl::StatusOr<int> MessagesLimitFromProto(int32_t limit) {
  if (limit < 0) return matrix::InvalidParam("limit", "must not be negative");
  return limit == 0 ? kMessagesLimitDefault
                    : std::min<int>(limit, kMessagesLimitMax);
}

absl::StatusOr<MessagesQuery> MessagesQueryFromProto(
    const v1::GetMessagesRequest& proto) {
  MessagesQuery query;
  CAUSEWAY_ASSIGN_OR_RETURN(query.limit, MessagesLimitFromProto(proto.limit()));
  CAUSEWAY_ASSIGN_OR_RETURN(query.filter,
                            ParseEventFilter(proto.filter_json()));
  query.backwards = proto.backwards();
  CAUSEWAY_ASSIGN_OR_RETURN(query.from,
                            PositionFromToken(proto.from(), "from"));
  CAUSEWAY_ASSIGN_OR_RETURN(query.to, PositionFromToken(proto.to(), "to"));
  return query;
}

v1::GetMessagesResponse MessagesPageToProto(const MessagesPage& page) {
  v1::GetMessagesResponse proto;
  for (const std::string& json : page.event_jsons) proto.add_event_jsons(json);
  for (const std::string& json : page.state) proto.add_state_event_jsons(json);
  proto.set_start(FormatSyncToken(page.start));
  if (page.end.has_value()) proto.set_end(FormatSyncToken(*page.end));
  return proto;
}

v1::GetEventContextResponse EventContextToProto(EventContext context) {
  v1::GetEventContextResponse proto;
  proto.set_event_json(std::move(context.event_json));
  for (std::string& json : context.before) {
    proto.add_before_jsons(std::move(json));
  }
  for (std::string& json : context.after) {
    proto.add_after_jsons(std::move(json));
  }
  for (std::string& json : context.state) {
    proto.add_state_event_jsons(std::move(json));
  }
  proto.set_start(FormatSyncToken(context.start));
  proto.set_end(FormatSyncToken(context.end));
  return proto;
}

v1::GetMembersResponse::Member MemberToProto(const StoredMember& member) {
  v1::GetMembersResponse::Member proto;
  proto.set_user_id(member.user_id);
  proto.set_membership(std::string(MembershipName(member.membership)));
  *proto.mutable_profile() = ProfileIn(member.event_json);
  proto.set_event_json(member.event_json);
  return proto;
}

namespace {

void FillKeysLeft(const KeysLeft& left, v1::SyncResponse::KeysLeft& proto) {
  for (const auto& [algorithm, count] : left.one_time_counts) {
    (*proto.mutable_one_time_key_counts())[algorithm] = count;
  }
  for (const std::string& algorithm : left.unused_fallback_algorithms) {
    proto.add_unused_fallback_algorithms(algorithm);
  }
}

}  // namespace

v1::SyncResponse SyncResultToProto(SyncResult result) {
  v1::SyncResponse proto;
  proto.set_next_batch(FormatSyncToken(result.position));
  for (SyncedRoom& room : result.joined) {
    v1::SyncResponse::Joined& joined = *proto.add_joined();
    if (room.summary.has_value()) FillSummary(*room.summary, joined);
    Move(room.account_data, *joined.mutable_account_data_jsons());
    Move(room.ephemeral, *joined.mutable_ephemeral_jsons());
    FillSyncedRoom(std::move(room), joined);
  }
  for (InvitedRoom& room : result.invited) {
    v1::SyncResponse::Invited& invited = *proto.add_invited();
    invited.set_room_id(std::move(room.room_id));
    for (std::string& json : room.stripped_state) {
      invited.add_stripped_state_jsons(std::move(json));
    }
  }
  Move(result.account_data, *proto.mutable_account_data_jsons());
  Move(result.presence, *proto.mutable_presence_jsons());
  Move(result.to_device, *proto.mutable_to_device_jsons());
  for (std::string& user_id : result.device_lists.changed) {
    proto.add_changed_device_lists(std::move(user_id));
  }
  for (std::string& user_id : result.device_lists.left) {
    proto.add_left_device_lists(std::move(user_id));
  }
  if (result.keys_left.has_value()) {
    FillKeysLeft(*result.keys_left, *proto.mutable_keys_left());
  }
  for (SyncedRoom& room : result.left) {
    FillSyncedRoom(std::move(room), *proto.add_left());
  }
  return proto;
}

}  // namespace causeway::homeserver
