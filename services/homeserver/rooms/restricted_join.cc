#include "services/homeserver/rooms/restricted_join.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "services/homeserver/rooms/event_types.h"
#include "services/homeserver/rooms/member_auth.h"
#include "services/homeserver/rooms/membership.h"
#include "services/homeserver/rooms/power_levels.h"
#include "services/shared/matrix/identifiers.h"
#include "services/shared/matrix/json.h"
#include "services/shared/status/status_macros.h"

namespace causeway::homeserver {
namespace {

using matrix::Json;

// The rooms whose members may join. What isn't understood lets nobody in.
std::vector<matrix::RoomId> AllowedRooms(const Event& join_rules) {
  std::vector<matrix::RoomId> rooms;
  const absl::StatusOr<Json> content =
      matrix::ParseObject(join_rules.content_json);
  if (!content.ok()) return rooms;
  const absl::StatusOr<const Json*> allow = matrix::GetArray(*content, "allow");
  if (!allow.ok()) return rooms;
  for (const Json& condition : **allow) {
    if (rooms.size() == kJoinConditionsMax) break;
    if (!condition.is_object()) continue;
    const absl::StatusOr<std::string> type =
        matrix::GetString(condition, "type");
    if (!type.ok() || *type != "m.room_membership") continue;
    const absl::StatusOr<std::string> text =
        matrix::GetString(condition, "room_id");
    if (!text.ok()) continue;
    absl::StatusOr<matrix::RoomId> room_id = matrix::RoomId::Parse(*text);
    if (room_id.ok()) rooms.push_back(*std::move(room_id));
  }
  return rooms;
}

absl::StatusOr<bool> MeetsACondition(RoomTransaction& transaction,
                                     const std::string& user_id,
                                     const Event& join_rules) {
  for (const matrix::RoomId& room_id : AllowedRooms(join_rules)) {
    CAUSEWAY_ASSIGN_OR_RETURN(
        const RoomState there,
        transaction.LoadState(room_id, {{kMemberType, user_id}}));
    if (there.MembershipOf(user_id) == Membership::kJoin) return true;
  }
  return false;
}

// Who may be a member that may invite, the likeliest first.
std::vector<std::string> Authorisers(const RoomState& state,
                                     const Event& join_rules,
                                     const PowerLevels& levels) {
  std::vector<std::string> users = {join_rules.sender, state.Creator()};
  for (std::string& user_id : levels.UsersWithOwnLevel()) {
    users.push_back(std::move(user_id));
  }
  std::vector<std::string> able;
  for (std::string& user_id : users) {
    if (able.size() == kJoinAuthorisersMax) break;
    if (levels.OfUser(user_id) < levels.ToInvite()) continue;
    if (std::find(able.begin(), able.end(), user_id) != able.end()) continue;
    able.push_back(std::move(user_id));
  }
  return able;
}

// A member who may invite, whose member event is then in `state`. Empty: none.
absl::StatusOr<std::string> FindAuthoriser(RoomTransaction& transaction,
                                           const matrix::RoomId& room_id,
                                           const Event& join_rules,
                                           RoomState& state) {
  CAUSEWAY_ASSIGN_OR_RETURN(const PowerLevels levels,
                            state.CurrentPowerLevels());
  std::vector<StateKey> places;
  for (std::string& user_id : Authorisers(state, join_rules, levels)) {
    places.push_back({kMemberType, std::move(user_id)});
  }
  CAUSEWAY_ASSIGN_OR_RETURN(const RoomState members,
                            transaction.LoadState(room_id, places));
  for (const StateKey& place : places) {
    if (members.MembershipOf(place.state_key) != Membership::kJoin) continue;
    state.Apply(*members.Find(kMemberType, place.state_key));
    return place.state_key;
  }
  return std::string();
}

}  // namespace

absl::Status AuthoriseJoin(RoomTransaction& transaction,
                           const matrix::RoomId& room_id, EventDraft& draft,
                           RoomState& state) {
  if (draft.type != kMemberType || draft.state_key != draft.sender.str()) {
    return absl::OkStatus();
  }
  absl::StatusOr<Json> content = matrix::ParseObject(draft.content_json);
  if (!content.ok()) return absl::OkStatus();
  if (content->erase(kJoinAuthorisedField) > 0) {
    draft.content_json = matrix::DumpJson(*content);
  }
  const absl::StatusOr<std::string> membership =
      matrix::GetString(*content, "membership");
  if (!membership.ok() || *membership != "join") return absl::OkStatus();
  const Membership before = state.MembershipOf(*draft.state_key);
  if (!IsRestricted(state.JoinRule()) || before == Membership::kJoin ||
      before == Membership::kInvite || before == Membership::kBan) {
    return absl::OkStatus();
  }
  const Event& join_rules = *state.Find(kJoinRulesType);
  CAUSEWAY_ASSIGN_OR_RETURN(
      const bool is_welcome,
      MeetsACondition(transaction, *draft.state_key, join_rules));
  if (!is_welcome) return absl::OkStatus();
  CAUSEWAY_ASSIGN_OR_RETURN(
      std::string authoriser,
      FindAuthoriser(transaction, room_id, join_rules, state));
  if (authoriser.empty()) return absl::OkStatus();
  (*content)[kJoinAuthorisedField] = std::move(authoriser);
  draft.content_json = matrix::DumpJson(*content);
  return absl::OkStatus();
}

}  // namespace causeway::homeserver
