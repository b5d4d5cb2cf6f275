#include "services/homeserver/accounts/profile.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "services/shared/matrix/errors.h"

namespace causeway::homeserver {
namespace {

absl::Status CheckField(absl::string_view field,
                        const std::optional<std::string>& value,
                        size_t bytes_max) {
  if (!value.has_value()) return absl::OkStatus();
  if (absl::StrContains(*value, '\0')) {
    return matrix::InvalidParam(field, "holds U+0000");
  }
  if (value->size() <= bytes_max) return absl::OkStatus();
  return matrix::InvalidParam(
      field, absl::StrCat("has ", value->size(), " bytes; at most ", bytes_max,
                          " are allowed"));
}

void ChangeField(std::optional<std::string>& field,
                 const std::optional<std::string>& change) {
  if (!change.has_value()) return;
  field = change->empty() ? std::nullopt : change;
}

}  // namespace

absl::Status CheckProfile(const Profile& profile) {
  absl::Status status =
      CheckField("displayname", profile.display_name, kDisplayNameBytesMax);
  if (!status.ok()) return status;
  return CheckField("avatar_url", profile.avatar_url, kAvatarUrlBytesMax);
}

Profile WithChanges(Profile profile, const Profile& changes) {
  ChangeField(profile.display_name, changes.display_name);
  ChangeField(profile.avatar_url, changes.avatar_url);
  return profile;
}

}  // namespace causeway::homeserver
