#include "services/homeserver/accounts/accounts.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/status/status_macros.h"

namespace causeway::homeserver {
namespace {

// How often one change tells what stands: each time after the first another
// change has come between.
constexpr int kTellingsMax = 10;

absl::Status NoSuchUser(const matrix::UserId& user_id) {
  return matrix::NotFound(absl::StrCat("user ", user_id.str()));
}

absl::Status Deactivated(const matrix::UserId& user_id) {
  return matrix::MakeError(
      absl::StatusCode::kPermissionDenied, "M_USER_DEACTIVATED",
      absl::StrCat("user ", user_id.str(), " has been deactivated"));
}

}  // namespace

Accounts::Accounts(UserStore& store, const Clock& clock)
    : store_(store), clock_(clock) {}

absl::StatusOr<bool> Accounts::UserExists(const matrix::UserId& user_id) {
  CAUSEWAY_ASSIGN_OR_RETURN(const UserStanding standing,
                            store_.FindStanding(user_id));
  if (standing == UserStanding::kDeactivated) return Deactivated(user_id);
  return standing == UserStanding::kActive;
}

absl::Status Accounts::EnsureGhost(const matrix::UserId& user_id,
                                   const Profile& profile) {
  CAUSEWAY_RETURN_IF_ERROR(CheckProfile(profile));
  absl::Status created = store_.CreateUser(
      {.user_id = user_id, .password_hash = "", .profile = profile},
      std::nullopt, clock_.Now());
  return absl::IsAlreadyExists(created) ? absl::OkStatus() : created;
}

absl::StatusOr<Profile> Accounts::GetProfile(const matrix::UserId& user_id) {
  CAUSEWAY_ASSIGN_OR_RETURN(std::optional<StoredUser> user,
                            store_.FindUser(user_id));
  if (!user.has_value()) return NoSuchUser(user_id);
  return std::move(user->profile);
}

absl::Status Accounts::SetProfile(const matrix::UserId& user_id,
                                  const Profile& changes,
                                  ProfileListener& listener) {
  CAUSEWAY_RETURN_IF_ERROR(CheckProfile(changes));
  absl::StatusOr<Profile> profile = store_.ChangeProfile(user_id, changes);
  if (absl::IsNotFound(profile.status())) return NoSuchUser(user_id);
  if (!profile.ok()) return profile.status();
  for (int told = 0; told < kTellingsMax; ++told) {
    CAUSEWAY_RETURN_IF_ERROR(listener.ProfileChanged(user_id, *profile));
    // Another change may have come between, and been told before this one.
    CAUSEWAY_ASSIGN_OR_RETURN(Profile stands, GetProfile(user_id));
    if (stands == *profile) return absl::OkStatus();
    *profile = std::move(stands);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<UserSummary>> Accounts::ListUsers(
    absl::string_view after, int limit) {
  return store_.ListUsers(after, limit);
}

}  // namespace causeway::homeserver
