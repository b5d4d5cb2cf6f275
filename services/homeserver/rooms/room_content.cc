#include "services/homeserver/rooms/room_content.h"

#include "absl/status/status.h"
#include "services/homeserver/rooms/event_types.h"
#include "services/homeserver/rooms/power_levels.h"
#include "services/shared/matrix/json.h"
#include "services/shared/status/status_macros.h"

namespace causeway::homeserver {
namespace {

using matrix::Json;

void PutProfile(const Profile& profile, Json& content) {
  content.erase("displayname");
  content.erase("avatar_url");
  if (profile.display_name.has_value()) {
    content["displayname"] = *profile.display_name;
  }
  if (profile.avatar_url.has_value()) {
    content["avatar_url"] = *profile.avatar_url;
  }
}

}  // namespace

std::string MemberContent(Membership membership, const Profile& profile,
                          const MemberDetails& details) {
  absl::string_view word = MembershipName(membership);
  Json content = {{"membership", std::string(word)}};
  if (membership == Membership::kJoin || membership == Membership::kInvite) {
    PutProfile(profile, content);
  }
  if (details.is_direct) content["is_direct"] = true;
  if (!details.reason.empty()) content["reason"] = details.reason;
  return matrix::DumpJson(content);
}

absl::StatusOr<std::string> WithProfile(absl::string_view content_json,
                                        const Profile& profile) {
  absl::StatusOr<Json> content = matrix::ParseObject(content_json);
  if (!content.ok()) {
    return absl::InternalError("a stored member event can't be read");
  }
  PutProfile(profile, *content);
  return matrix::DumpJson(*content);
}

absl::StatusOr<std::string> CreateContent(
    const matrix::UserId& creator, absl::string_view creation_content_json) {
  CAUSEWAY_ASSIGN_OR_RETURN(
      Json content, matrix::ParseObjectOrNothing(creation_content_json));
  CAUSEWAY_RETURN_IF_ERROR(
      matrix::ValidateEventContent(content, "creation_content"));
  content["creator"] = creator.str();
  content["room_version"] = kRoomVersion;
  return matrix::DumpJson(content);
}

absl::StatusOr<std::string> PowerLevelsContent(
    const std::vector<matrix::UserId>& as_creator, int invite_level,
    absl::string_view override_json) {
  CAUSEWAY_ASSIGN_OR_RETURN(Json overriding,
                            matrix::ParseObjectOrNothing(override_json));
  CAUSEWAY_RETURN_IF_ERROR(
      matrix::ValidateEventContent(overriding, "power_level_content_override"));
  Json users = Json::object();
  for (const matrix::UserId& user_id : as_creator) {
    users[user_id.str()] = kCreatorPowerLevel;
  }
  // What cannot be undone, or opens the room's past, is for its creator.
  Json events = {{kNameType, 50},           {kAvatarType, 50},
                 {kCanonicalAliasType, 50}, {kPowerLevelsType, 100},
                 {kTombstoneType, 100},     {kHistoryVisibilityType, 100},
                 {kServerAclType, 100},     {kEncryptionType, 100}};
  Json content = {
      {"users", users},      {"users_default", 0},  {"events", events},
      {"events_default", 0}, {"state_default", 50}, {"ban", 50},
      {"kick", 50},          {"redact", 50},        {"invite", invite_level}};
  content.update(overriding);
  return matrix::DumpJson(content);
}

std::string OneFieldContent(absl::string_view field, absl::string_view value) {
  Json content = Json::object();
  content[std::string(field)] = std::string(value);
  return matrix::DumpJson(content);
}

}  // namespace causeway::homeserver
