#ifndef CAUSEWAY_SERVICES_HOMESERVER_ACCOUNTS_PROFILE_H_
#define CAUSEWAY_SERVICES_HOMESERVER_ACCOUNTS_PROFILE_H_

#include <cstddef>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace causeway::homeserver {

inline constexpr size_t kDisplayNameBytesMax = 512;
inline constexpr size_t kAvatarUrlBytesMax = 2048;

// What a user shows of itself.
struct Profile {
  std::optional<std::string> display_name = std::nullopt;
  std::optional<std::string> avatar_url = std::nullopt;

  friend bool operator==(const Profile&, const Profile&) = default;
};

// INVALID_ARGUMENT (M_INVALID_PARAM) names the field that is too long, or holds
// U+0000, which PostgreSQL can't keep.
absl::Status CheckProfile(const Profile& profile);

// `profile` with `changes` laid over it: what isn't in `changes` stays, and
// what is there but empty is taken away.
Profile WithChanges(Profile profile, const Profile& changes);

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_ACCOUNTS_PROFILE_H_
