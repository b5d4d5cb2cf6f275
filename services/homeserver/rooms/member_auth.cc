#include "services/homeserver/rooms/member_auth.h"

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "services/homeserver/rooms/event_types.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/matrix/identifiers.h"
#include "services/shared/matrix/json.h"
#include "services/shared/status/status_macros.h"

namespace causeway::homeserver {
namespace {

// What the rules ask about one change of membership.
struct Change {
  std::string sender;
  std::string target;
  Membership sender_is;
  Membership target_is;
  PowerLevels levels;

  bool of_oneself() const { return sender == target; }
  bool sender_joined() const { return sender_is == Membership::kJoin; }
  bool target_is_weaker() const {
    return levels.OfUser(target) < levels.OfUser(sender);
  }
};

absl::Status NotInRoom(const Change& change) {
  return matrix::Forbidden(absl::StrCat(change.sender, " is not in the room"));
}

absl::Status NeedsPower(absl::string_view action, int64_t needed) {
  return matrix::Forbidden(
      absl::StrCat(action, " takes power level ", needed,
                   " and more power than the one it is done to"));
}

absl::Status CheckJoin(const Change& change, const RoomState& state) {
  if (!change.of_oneself()) {
    return matrix::Forbidden("nobody can make another user join");
  }
  if (change.target_is == Membership::kBan) {
    return matrix::Forbidden(
        absl::StrCat(change.target, " is banned from the room"));
  }
  if (change.target_is == Membership::kJoin ||
      change.target_is == Membership::kInvite) {
    return absl::OkStatus();
  }
  // The creator's first join comes before there are join rules.
  bool founding = state.Find(kJoinRulesType) == nullptr &&
                  state.Find(kPowerLevelsType) == nullptr &&
                  change.sender == state.Creator();
  if (founding || state.JoinRule() == "public") return absl::OkStatus();
  return matrix::Forbidden("the room can only be joined by invitation");
}

absl::Status CheckInvite(const Change& change) {
  if (!change.sender_joined()) return NotInRoom(change);
  if (change.target_is == Membership::kJoin) {
    return matrix::Forbidden(
        absl::StrCat(change.target, " is in the room already"));
  }
  if (change.target_is == Membership::kBan) {
    return matrix::Forbidden(
        absl::StrCat(change.target, " is banned from the room"));
  }
  const int64_t needed = change.levels.ToInvite();
  if (change.levels.OfUser(change.sender) < needed) {
    return matrix::Forbidden(
        absl::StrCat("inviting takes power level ", needed));
  }
  return absl::OkStatus();
}

// Leaving, kicking, unbanning and taking back an invitation.
absl::Status CheckLeave(const Change& change) {
  if (change.of_oneself()) {
    if (change.target_is == Membership::kJoin ||
        change.target_is == Membership::kInvite ||
        change.target_is == Membership::kKnock) {
      return absl::OkStatus();
    }
    return NotInRoom(change);
  }
  if (!change.sender_joined()) return NotInRoom(change);
  const int64_t sender_level = change.levels.OfUser(change.sender);
  if (change.target_is == Membership::kBan &&
      sender_level < change.levels.ToBan()) {
    return NeedsPower("unbanning", change.levels.ToBan());
  }
  if (sender_level < change.levels.ToKick() || !change.target_is_weaker()) {
    return NeedsPower("kicking", change.levels.ToKick());
  }
  return absl::OkStatus();
}

absl::Status CheckBan(const Change& change) {
  if (!change.sender_joined()) return NotInRoom(change);
  if (change.levels.OfUser(change.sender) < change.levels.ToBan() ||
      !change.target_is_weaker()) {
    return NeedsPower("banning", change.levels.ToBan());
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckMemberAllowed(const EventDraft& draft,
                                const RoomState& state) {
  if (!draft.state_key.has_value() ||
      !matrix::UserId::Parse(*draft.state_key).ok()) {
    return matrix::InvalidParam("state_key",
                                "m.room.member is about one user ID");
  }
  CAUSEWAY_ASSIGN_OR_RETURN(matrix::Json content,
                            matrix::ParseObject(draft.content_json));
  CAUSEWAY_ASSIGN_OR_RETURN(std::string word,
                            matrix::GetString(content, "membership"));
  std::optional<Membership> next = ParseMembership(word);
  if (!next.has_value()) {
    return matrix::BadJson("membership", "not a membership");
  }
  CAUSEWAY_ASSIGN_OR_RETURN(PowerLevels levels, state.CurrentPowerLevels());
  const Change change = {.sender = draft.sender.str(),
                         .target = *draft.state_key,
                         .sender_is = state.MembershipOf(draft.sender.str()),
                         .target_is = state.MembershipOf(*draft.state_key),
                         .levels = levels};
  switch (*next) {
    case Membership::kJoin:
      return CheckJoin(change, state);
    case Membership::kInvite:
      return CheckInvite(change);
    case Membership::kLeave:
      return CheckLeave(change);
    case Membership::kBan:
      return CheckBan(change);
    case Membership::kKnock:
      return matrix::Forbidden("this server does not take knocks");
  }
  return matrix::Forbidden("not a membership");
}

}  // namespace causeway::homeserver
