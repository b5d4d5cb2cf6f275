#include "services/homeserver/rooms/event_auth.h"

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "services/homeserver/rooms/event_types.h"
#include "services/homeserver/rooms/member_auth.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/matrix/utf8.h"
#include "services/shared/status/status_macros.h"

namespace causeway::homeserver {
namespace {

// m.room.power_levels: its form, and that nobody raises themselves.
absl::Status CheckPowerLevelsEvent(const EventDraft& draft,
                                   const RoomState& state) {
  CAUSEWAY_ASSIGN_OR_RETURN(PowerLevels next,
                            PowerLevels::Parse(draft.content_json));
  if (state.Find(kPowerLevelsType) == nullptr) return absl::OkStatus();
  CAUSEWAY_ASSIGN_OR_RETURN(PowerLevels current, state.CurrentPowerLevels());
  return CheckPowerLevelChange(current, next, draft.sender.str());
}

}  // namespace

std::vector<StateKey> AuthStateKeys(const EventDraft& draft) {
  std::vector<StateKey> keys = {{kCreateType, ""},
                                {kPowerLevelsType, ""},
                                {kJoinRulesType, ""},
                                {kMemberType, draft.sender.str()}};
  if (draft.state_key.has_value()) {
    keys.push_back({draft.type, *draft.state_key});
  }
  return keys;
}

absl::Status CheckEventAllowed(const EventDraft& draft,
                               const RoomState& state) {
  if (draft.type == kCreateType) {
    if (state.empty() && draft.state_key == "") return absl::OkStatus();
    return matrix::Forbidden(
        "a room has only one m.room.create, its first event");
  }
  if (state.Find(kCreateType) == nullptr) {
    return matrix::Forbidden("the room does not exist");
  }
  if (draft.type == kMemberType) return CheckMemberAllowed(draft, state);
  // Nobody could ever accept one.
  if (draft.type == kThirdPartyInviteType) {
    return matrix::Forbidden("this server takes no third-party invites");
  }
  if (state.MembershipOf(draft.sender.str()) != Membership::kJoin) {
    return matrix::Forbidden(
        absl::StrCat(draft.sender.str(), " is not in the room"));
  }
  CAUSEWAY_ASSIGN_OR_RETURN(PowerLevels levels, state.CurrentPowerLevels());
  const int64_t sender_level = levels.OfUser(draft.sender.str());
  const int64_t needed = levels.ToSend(draft.type, draft.state_key.has_value());
  if (sender_level < needed) {
    return matrix::Forbidden(absl::StrCat(
        "sending ", matrix::Quote(draft.type), " takes power level ", needed,
        ", ", draft.sender.str(), " has ", sender_level));
  }
  if (draft.state_key.has_value() && absl::StartsWith(*draft.state_key, "@") &&
      *draft.state_key != draft.sender.str()) {
    return matrix::Forbidden("a state key with a user ID is that user's own");
  }
  // Whether it is state or not: the rule is one of the type.
  if (draft.type == kPowerLevelsType) {
    return CheckPowerLevelsEvent(draft, state);
  }
  return absl::OkStatus();
}

}  // namespace causeway::homeserver
