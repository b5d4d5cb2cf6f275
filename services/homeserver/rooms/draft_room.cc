#include "services/homeserver/rooms/draft_room.h"

#include <set>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "services/homeserver/rooms/event_types.h"
#include "services/homeserver/rooms/membership.h"
#include "services/homeserver/rooms/power_levels.h"
#include "services/homeserver/rooms/room_content.h"
#include "services/homeserver/rooms/room_state.h"
#include "services/shared/status/status_macros.h"

namespace causeway::homeserver {
namespace {

constexpr int kInviteLevel = 0;

bool IsMemberEvent(const DraftAnswerEvent& event) {
  return event.type == kMemberType && event.state_key.has_value();
}

// Collects the room's events: state that the answer brings is not made twice.
class Drafting {
 public:
  Drafting(const DraftAnswer& answer, const matrix::UserId& creator,
           int64_t now_ms)
      : creator_(creator), now_ms_(now_ms) {
    for (const DraftAnswerEvent& event : answer.state) {
      answered_.insert({event.type, event.state_key.value_or("")});
    }
  }

  void Add(absl::string_view type, absl::string_view state_key,
           const matrix::UserId& sender, std::string content_json) {
    room_.drafts.push_back({.type = std::string(type),
                            .state_key = std::string(state_key),
                            .sender = sender,
                            .content_json = std::move(content_json),
                            .origin_server_ts = now_ms_});
  }

  void AddDefault(absl::string_view type, std::string content_json) {
    if (!answered_.contains({std::string(type), ""})) {
      Add(type, "", creator_, std::move(content_json));
    }
  }

  void AddJoin(const matrix::UserId& user_id, const Profile& profile) {
    if (!answered_.contains({kMemberType, user_id.str()})) {
      Add(kMemberType, user_id.str(), user_id,
          MemberContent(Membership::kJoin, profile));
    }
  }

  // Events of the answer's list `field`.
  void AddAnswered(const std::vector<DraftAnswerEvent>& events,
                   absl::string_view field) {
    for (size_t i = 0; i < events.size(); ++i) {
      const DraftAnswerEvent& event = events[i];
      if (event.type == kCreateType) {
        LeaveOut(field, i, "a room has only one m.room.create");
        continue;
      }
      absl::StatusOr<EventDraft> draft = ToDraft(event);
      if (draft.ok()) {
        room_.drafts.push_back(*std::move(draft));
      } else {
        LeaveOut(field, i, draft.status().message());
      }
    }
  }

  DraftRoom Take() { return std::move(room_); }

 private:
  absl::StatusOr<EventDraft> ToDraft(const DraftAnswerEvent& event) const {
    const int64_t ts =
        event.origin_server_ts == 0 ? now_ms_ : event.origin_server_ts;
    CAUSEWAY_ASSIGN_OR_RETURN(
        EventDraft draft, MakeEventDraft(event.type, event.state_key,
                                         event.sender, event.content_json, ts));
    // A room whose power levels can't be read would take no event any more.
    if (event.type == kPowerLevelsType && event.state_key.has_value()) {
      CAUSEWAY_RETURN_IF_ERROR(PowerLevels::Parse(draft.content_json).status());
    }
    return draft;
  }

  void LeaveOut(absl::string_view field, size_t index, absl::string_view why) {
    room_.left_out.push_back(absl::StrCat(field, "[", index, "]: ", why));
  }

  const matrix::UserId& creator_;
  const int64_t now_ms_;
  std::set<StateKey> answered_;
  DraftRoom room_;
};

std::vector<matrix::UserId> SendersOf(const DraftAnswer& answer) {
  std::vector<matrix::UserId> senders;
  std::set<matrix::UserId> seen;
  for (const auto* events : {&answer.state, &answer.events}) {
    for (const DraftAnswerEvent& event : *events) {
      if (seen.insert(event.sender).second) senders.push_back(event.sender);
    }
  }
  return senders;
}

}  // namespace

absl::StatusOr<matrix::RoomId> MirroredRoomId(const matrix::RoomAlias& alias) {
  return matrix::RoomId::Parse(
      absl::StrCat("!", absl::string_view(alias.str()).substr(1)));
}

std::vector<matrix::UserId> UsersOf(const DraftAnswer& answer) {
  std::vector<matrix::UserId> users = SendersOf(answer);
  std::set<matrix::UserId> seen(users.begin(), users.end());
  for (const DraftAnswerEvent& event : answer.state) {
    if (!IsMemberEvent(event)) continue;
    absl::StatusOr<matrix::UserId> user =
        matrix::UserId::Parse(*event.state_key);
    if (user.ok() && seen.insert(*user).second) {
      users.push_back(*std::move(user));
    }
  }
  return users;
}

absl::StatusOr<DraftRoom> DraftRoomFromAnswer(
    const matrix::RoomAlias& alias, const matrix::UserId& creator,
    const DraftAnswer& answer,
    const std::map<matrix::UserId, Profile>& profiles, int64_t now_ms) {
  auto profile_of = [&profiles](const matrix::UserId& user_id) {
    auto found = profiles.find(user_id);
    return found == profiles.end() ? Profile{} : found->second;
  };
  CAUSEWAY_ASSIGN_OR_RETURN(std::string create_content,
                            CreateContent(creator, ""));
  CAUSEWAY_ASSIGN_OR_RETURN(std::string power_levels,
                            PowerLevelsContent({creator}, kInviteLevel, ""));
  Drafting drafting(answer, creator, now_ms);
  drafting.Add(kCreateType, "", creator, std::move(create_content));
  drafting.Add(kMemberType, creator.str(), creator,
               MemberContent(Membership::kJoin, profile_of(creator)));
  drafting.AddDefault(kPowerLevelsType, std::move(power_levels));
  drafting.AddDefault(kJoinRulesType, OneFieldContent("join_rule", "public"));
  drafting.AddDefault(kHistoryVisibilityType,
                      OneFieldContent("history_visibility", "shared"));
  drafting.AddDefault(kGuestAccessType,
                      OneFieldContent("guest_access", "forbidden"));
  drafting.AddDefault(kCanonicalAliasType,
                      OneFieldContent("alias", alias.str()));
  drafting.AddAnswered(answer.state, "state");
  for (const matrix::UserId& sender : SendersOf(answer)) {
    if (sender != creator) drafting.AddJoin(sender, profile_of(sender));
  }
  drafting.AddAnswered(answer.events, "events");
  return drafting.Take();
}

}  // namespace causeway::homeserver
