#include "services/homeserver/accounts/accounts_proto.h"

#include "absl/strings/match.h"
#include "absl/time/time.h"

namespace causeway::homeserver {

v1::Session SessionToProto(const Session& session) {
  v1::Session proto;
  proto.set_user_id(session.user_id.str());
  proto.set_access_token(session.access_token);
  proto.set_device_id(session.device_id);
  return proto;
}

v1::Profile ProfileToProto(const Profile& profile) {
  v1::Profile proto;
  proto.set_has_display_name(profile.display_name.has_value());
  proto.set_display_name(profile.display_name.value_or(""));
  proto.set_has_avatar_url(profile.avatar_url.has_value());
  proto.set_avatar_url(profile.avatar_url.value_or(""));
  return proto;
}

Profile ProfileFromProto(const v1::Profile& proto) {
  Profile profile;
  if (proto.has_display_name()) profile.display_name = proto.display_name();
  if (proto.has_avatar_url()) profile.avatar_url = proto.avatar_url();
  return profile;
}

v1::ListUsersResponse::User UserSummaryToProto(const UserSummary& user) {
  v1::ListUsersResponse::User proto;
  proto.set_user_id(user.user_id);
  proto.set_has_password(user.has_password);
  proto.set_display_name(user.display_name);
  proto.set_create_time_ms(absl::ToUnixMillis(user.create_time));
  if (user.deactivate_time.has_value()) {
    proto.set_deactivate_time_ms(absl::ToUnixMillis(*user.deactivate_time));
  }
  return proto;
}

absl::StatusOr<matrix::UserId> UserFromProto(
    const std::string& user, const matrix::ServerName& server_name) {
  if (absl::StartsWith(user, "@")) return matrix::UserId::Parse(user, "user");
  return matrix::UserId::Make(user, server_name, "user");
}

}  // namespace causeway::homeserver
