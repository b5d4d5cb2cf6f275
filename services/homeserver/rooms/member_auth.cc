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
#include "services/shared/matrix/utf8.h"
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
  int64_t sender_level() const { return levels.OfUser(sender); }
  int64_t target_level() const { return levels.OfUser(target); }
};

absl::Status NotInRoom(const Change& change) {
  return matrix::Forbidden(absl::StrCat(change.sender, " is not in the room"));
}

absl::Status IsBanned(const Change& change) {
  return matrix::Forbidden(
      absl::StrCat(change.target, " is banned from the room"));
}

absl::Status CheckLevel(absl::string_view action, int64_t needed,
                        const Change& change) {
  if (change.sender_level() >= needed) return absl::OkStatus();
  return matrix::Forbidden(absl::StrCat(action, " takes power level ", needed,
                                        ", ", change.sender, " has ",
                                        change.sender_level()));
}

// Nobody is put out by their equals.
absl::Status CheckStronger(absl::string_view action, const Change& change) {
  if (change.target_level() < change.sender_level()) return absl::OkStatus();
  return matrix::Forbidden(
      absl::StrCat(action, " takes more than the power level of ",
                   change.target, ", ", change.target_level(), "; ",
                   change.sender, " has ", change.sender_level()));
}

bool IsByInvitation(absl::string_view join_rule) {
  return join_rule == "invite" || join_rule == "knock" ||
         IsRestricted(join_rule);
}

// Why somebody who isn't invited can't join by `join_rule`.
std::string WhyNotJoin(absl::string_view join_rule) {
  if (!IsByInvitation(join_rule)) {
    return absl::StrCat("the room's join rule is ", matrix::Quote(join_rule),
                        ", by which nobody joins");
  }
  if (IsRestricted(join_rule)) {
    return absl::StrCat("the room's join rule is ", join_rule,
                        ": it can only be joined by invitation, or by who is "
                        "in one of the rooms that it names");
  }
  return "the room can only be joined by invitation";
}

// Whether the content names a member who may invite.
bool IsAuthorised(const Change& change, const matrix::Json& content,
                  const RoomState& state) {
  const absl::StatusOr<std::string> by =
      matrix::GetString(content, kJoinAuthorisedField);
  return by.ok() && state.MembershipOf(*by) == Membership::kJoin &&
         change.levels.OfUser(*by) >= change.levels.ToInvite();
}

absl::Status CheckJoin(const Change& change, const matrix::Json& content,
                       const RoomState& state) {
  if (!change.of_oneself()) {
    return matrix::Forbidden("nobody can make another user join");
  }
  if (change.target_is == Membership::kBan) return IsBanned(change);
  // The creator's first join comes before there are join rules.
  const bool founding = state.Find(kJoinRulesType) == nullptr &&
                        state.Find(kPowerLevelsType) == nullptr &&
                        change.sender == state.Creator();
  const std::string join_rule = state.JoinRule();
  if (founding || join_rule == "public") return absl::OkStatus();
  const bool is_welcome = change.target_is == Membership::kJoin ||
                          change.target_is == Membership::kInvite;
  if (is_welcome && IsByInvitation(join_rule)) return absl::OkStatus();
  if (IsRestricted(join_rule) && IsAuthorised(change, content, state)) {
    return absl::OkStatus();
  }
  return matrix::Forbidden(WhyNotJoin(join_rule));
}

absl::Status CheckInvite(const Change& change, const matrix::Json& content) {
  // NOTSPEC: there is no identity server whose signature could be checked.
  if (content.contains("third_party_invite")) {
    return matrix::Forbidden("this server takes no third-party invites");
  }
  if (!change.sender_joined()) return NotInRoom(change);
  if (change.target_is == Membership::kJoin) {
    return matrix::Forbidden(
        absl::StrCat(change.target, " is in the room already"));
  }
  if (change.target_is == Membership::kBan) return IsBanned(change);
  return CheckLevel("inviting", change.levels.ToInvite(), change);
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
  const bool is_unban = change.target_is == Membership::kBan;
  if (is_unban) {
    CAUSEWAY_RETURN_IF_ERROR(
        CheckLevel("unbanning", change.levels.ToBan(), change));
  }
  const absl::string_view action = is_unban ? "unbanning" : "kicking";
  CAUSEWAY_RETURN_IF_ERROR(CheckLevel(action, change.levels.ToKick(), change));
  return CheckStronger(action, change);
}

absl::Status CheckBan(const Change& change) {
  if (!change.sender_joined()) return NotInRoom(change);
  CAUSEWAY_RETURN_IF_ERROR(
      CheckLevel("banning", change.levels.ToBan(), change));
  return CheckStronger("banning", change);
}

}  // namespace

bool IsRestricted(absl::string_view join_rule) {
  return join_rule == "restricted" || join_rule == "knock_restricted";
}

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
      return CheckJoin(change, content, state);
    case Membership::kInvite:
      return CheckInvite(change, content);
    case Membership::kLeave:
      return CheckLeave(change);
    case Membership::kBan:
      return CheckBan(change);
    case Membership::kKnock:
      return matrix::Forbidden("this server takes no knocks");
  }
  return matrix::Forbidden("not a membership");
}

}  // namespace causeway::homeserver
