#ifndef CAUSEWAY_SERVICES_HOMESERVER_ROOMS_MEMBERSHIP_H_
#define CAUSEWAY_SERVICES_HOMESERVER_ROOMS_MEMBERSHIP_H_

#include <optional>

#include "absl/strings/string_view.h"

namespace causeway::homeserver {

// What a user is to a room. Who was never in it is `kLeave`.
// Source: https://spec.matrix.org/v1.17/client-server-api/#room-membership
enum class Membership { kInvite, kJoin, kLeave, kBan, kKnock };

// "join" and so on. Empty for any other word.
std::optional<Membership> ParseMembership(absl::string_view word);

absl::string_view MembershipName(Membership membership);

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_ROOMS_MEMBERSHIP_H_
