#include "services/homeserver/rooms/membership.h"

namespace causeway::homeserver {
namespace {

struct Name {
  Membership membership;
  absl::string_view word;
};

constexpr Name kNames[] = {
    {Membership::kInvite, "invite"}, {Membership::kJoin, "join"},
    {Membership::kLeave, "leave"},   {Membership::kBan, "ban"},
    {Membership::kKnock, "knock"},
};

}  // namespace

std::optional<Membership> ParseMembership(absl::string_view word) {
  for (const Name& name : kNames) {
    if (name.word == word) return name.membership;
  }
  return std::nullopt;
}

absl::string_view MembershipName(Membership membership) {
  for (const Name& name : kNames) {
    if (name.membership == membership) return name.word;
  }
  return "leave";
}

}  // namespace causeway::homeserver
