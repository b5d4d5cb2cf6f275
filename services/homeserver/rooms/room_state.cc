#include "services/homeserver/rooms/room_state.h"

#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "services/homeserver/rooms/event_types.h"
#include "services/shared/matrix/json.h"

namespace causeway::homeserver {
namespace {

// A string of an event's content. Empty when it isn't there, or isn't one.
std::string ContentString(const Event* event, absl::string_view field) {
  if (event == nullptr) return "";
  absl::StatusOr<matrix::Json> content =
      matrix::ParseObject(event->content_json);
  if (!content.ok()) return "";
  absl::StatusOr<std::string> value = matrix::GetString(*content, field);
  return value.ok() ? *std::move(value) : "";
}

}  // namespace

const Event* RoomState::Find(absl::string_view type,
                             absl::string_view state_key) const {
  auto found = events_.find({std::string(type), std::string(state_key)});
  return found == events_.end() ? nullptr : &found->second;
}

void RoomState::Apply(Event event) {
  if (!event.state_key.has_value()) return;
  StateKey place = {event.type, *event.state_key};
  events_.insert_or_assign(std::move(place), std::move(event));
}

std::string RoomState::StringOf(absl::string_view type,
                                absl::string_view field) const {
  return ContentString(Find(type), field);
}

Membership RoomState::MembershipOf(absl::string_view user_id) const {
  std::string word = ContentString(Find(kMemberType, user_id), "membership");
  return ParseMembership(word).value_or(Membership::kLeave);
}

std::string RoomState::JoinRule() const {
  std::string rule = StringOf(kJoinRulesType, "join_rule");
  return rule.empty() ? "invite" : rule;
}

std::string RoomState::Creator() const {
  return StringOf(kCreateType, "creator");
}

absl::StatusOr<PowerLevels> RoomState::CurrentPowerLevels() const {
  const Event* event = Find(kPowerLevelsType);
  if (event == nullptr) return PowerLevels::WithoutEvent(Creator());
  absl::StatusOr<PowerLevels> levels = PowerLevels::Parse(event->content_json);
  if (!levels.ok()) {
    return absl::InternalError("stored m.room.power_levels can't be read");
  }
  return levels;
}

}  // namespace causeway::homeserver
