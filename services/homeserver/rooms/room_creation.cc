#include "services/homeserver/rooms/room_creation.h"

#include <set>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "services/homeserver/rooms/event_types.h"
#include "services/homeserver/rooms/membership.h"
#include "services/homeserver/rooms/room_state.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/status/status_macros.h"

namespace causeway::homeserver {
namespace {

struct PresetRules {
  const char* join_rule;
  const char* guest_access;
  int invite_level;
};

PresetRules RulesOf(RoomPreset preset) {
  if (preset == RoomPreset::kPublicChat) return {"public", "forbidden", 50};
  return {"invite", "can_join", 0};
}

// Collects the room's events: the same sender and time for all.
class Drafting {
 public:
  Drafting(const RoomRequest& request, const matrix::UserId& creator,
           int64_t now_ms)
      : creator_(creator), now_ms_(now_ms) {
    for (const InitialState& state : request.initial_state) {
      asked_for_.insert({state.type, state.state_key});
    }
  }

  void Add(absl::string_view type, absl::string_view state_key,
           std::string content_json) {
    drafts_.push_back({.type = std::string(type),
                       .state_key = std::string(state_key),
                       .sender = creator_,
                       .content_json = std::move(content_json),
                       .origin_server_ts = now_ms_});
  }

  // As Add(), unless initial_state has its own.
  void AddDefault(absl::string_view type, std::string content_json) {
    if (!asked_for_.contains({std::string(type), ""})) {
      Add(type, "", std::move(content_json));
    }
  }

  absl::Status AddChecked(const InitialState& state) {
    CAUSEWAY_ASSIGN_OR_RETURN(
        EventDraft draft, MakeEventDraft(state.type, state.state_key, creator_,
                                         state.content_json, now_ms_));
    drafts_.push_back(std::move(draft));
    return absl::OkStatus();
  }

  std::vector<EventDraft> Take() { return std::move(drafts_); }

 private:
  const matrix::UserId& creator_;
  const int64_t now_ms_;
  std::set<StateKey> asked_for_;
  std::vector<EventDraft> drafts_;
};

absl::Status CheckBounds(const RoomRequest& request) {
  if (request.invites.size() > kInvitesMax) {
    return matrix::InvalidParam(
        "invite", absl::StrCat("at most ", kInvitesMax, " users"));
  }
  if (request.initial_state.size() > kInitialStateMax) {
    return matrix::InvalidParam(
        "initial_state", absl::StrCat("at most ", kInitialStateMax, " events"));
  }
  return absl::OkStatus();
}

// The power levels come before whatever they are needed for, also when
// initial_state brings them.
absl::Status AddPowerLevels(const RoomRequest& request, const Member& creator,
                            Drafting& drafting) {
  for (const InitialState& state : request.initial_state) {
    if (state.type == kPowerLevelsType && state.state_key.empty()) {
      return drafting.AddChecked(state);
    }
  }
  std::vector<matrix::UserId> as_creator = {creator.user_id};
  if (request.preset == RoomPreset::kTrustedPrivateChat) {
    for (const Member& invited : request.invites) {
      as_creator.push_back(invited.user_id);
    }
  }
  CAUSEWAY_ASSIGN_OR_RETURN(
      std::string content,
      PowerLevelsContent(as_creator, RulesOf(request.preset).invite_level,
                         request.power_level_content_override));
  drafting.Add(kPowerLevelsType, "", std::move(content));
  return absl::OkStatus();
}

absl::Status AddInitialState(const RoomRequest& request, Drafting& drafting) {
  for (const InitialState& state : request.initial_state) {
    const bool told_otherwise =
        state.state_key.empty() &&
        (state.type == kPowerLevelsType ||
         (state.type == kNameType && !request.name.empty()) ||
         (state.type == kTopicType && !request.topic.empty()));
    if (told_otherwise) continue;
    CAUSEWAY_RETURN_IF_ERROR(drafting.AddChecked(state));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<EventDraft>> DraftNewRoom(const RoomRequest& request,
                                                     const Member& creator,
                                                     int64_t now_ms) {
  CAUSEWAY_RETURN_IF_ERROR(CheckBounds(request));
  Drafting drafting(request, creator.user_id, now_ms);
  CAUSEWAY_ASSIGN_OR_RETURN(
      std::string create_content,
      CreateContent(creator.user_id, request.creation_content_json));
  drafting.Add(kCreateType, "", std::move(create_content));
  drafting.Add(kMemberType, creator.user_id.str(),
               MemberContent(Membership::kJoin, creator.profile));
  CAUSEWAY_RETURN_IF_ERROR(AddPowerLevels(request, creator, drafting));
  if (request.alias.has_value()) {
    drafting.AddDefault(kCanonicalAliasType,
                        OneFieldContent("alias", request.alias->str()));
  }
  const PresetRules rules = RulesOf(request.preset);
  drafting.AddDefault(kJoinRulesType,
                      OneFieldContent("join_rule", rules.join_rule));
  drafting.AddDefault(kHistoryVisibilityType,
                      OneFieldContent("history_visibility", "shared"));
  drafting.AddDefault(kGuestAccessType,
                      OneFieldContent("guest_access", rules.guest_access));
  CAUSEWAY_RETURN_IF_ERROR(AddInitialState(request, drafting));
  if (!request.name.empty()) {
    drafting.Add(kNameType, "", OneFieldContent("name", request.name));
  }
  if (!request.topic.empty()) {
    drafting.Add(kTopicType, "", OneFieldContent("topic", request.topic));
  }
  for (const Member& invited : request.invites) {
    drafting.Add(kMemberType, invited.user_id.str(),
                 MemberContent(Membership::kInvite, invited.profile,
                               {.reason = "", .is_direct = request.is_direct}));
  }
  return drafting.Take();
}

}  // namespace causeway::homeserver
