#include "services/homeserver/rooms/room_creation.h"

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/homeserver/rooms/event_auth.h"
#include "services/homeserver/rooms/event_types.h"
#include "services/homeserver/rooms/room_state.h"
#include "services/homeserver/rooms/test_events.h"
#include "services/shared/matrix/json.h"
#include "services/shared/status/errcode.h"

namespace causeway::homeserver {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsSupersetOf;

const Member kAlice = {User("@alice:hs"),
                       {.display_name = "Alice", .avatar_url = std::nullopt}};
const Member kBob = {User("@bob:hs"), {}};

std::vector<EventDraft> Make(const RoomRequest& request) {
  return DraftNewRoom(request, kAlice, 1000).value();
}

// "type state_key content", or without an empty state key.
std::vector<std::string> Shown(const std::vector<EventDraft>& drafts) {
  std::vector<std::string> shown;
  for (const EventDraft& draft : drafts) {
    shown.push_back(absl::StrCat(draft.type, " ", *draft.state_key,
                                 draft.state_key->empty() ? "" : " ",
                                 draft.content_json));
  }
  return shown;
}

std::vector<std::string> Types(const std::vector<EventDraft>& drafts) {
  std::vector<std::string> types;
  for (const EventDraft& draft : drafts) types.push_back(draft.type);
  return types;
}

std::string ContentOf(const std::vector<EventDraft>& drafts,
                      const std::string& type) {
  for (const EventDraft& draft : drafts) {
    if (draft.type == type) return draft.content_json;
  }
  return "none";
}

TEST(RoomCreationTest, EventsComeInTheOrderOfTheSpecification) {
  RoomRequest request;
  request.alias = Alias("#a:hs");
  request.preset = RoomPreset::kPublicChat;
  request.name = "Name";
  request.topic = "Topic";
  request.invites = {kBob};
  request.is_direct = true;
  request.initial_state = {{"m.x", "k", R"({"a":1})"}};
  request.creation_content_json = R"({"m.federate":true,"creator":"@eve:hs"})";
  std::vector<EventDraft> drafts = Make(request);
  EXPECT_THAT(
      Types(drafts),
      ElementsAre(kCreateType, kMemberType, kPowerLevelsType,
                  kCanonicalAliasType, kJoinRulesType, kHistoryVisibilityType,
                  kGuestAccessType, "m.x", kNameType, kTopicType, kMemberType));
  EXPECT_THAT(
      Shown(drafts),
      IsSupersetOf(
          {R"(m.room.create {"creator":"@alice:hs","m.federate":true,"room_version":"10"})",
           R"(m.room.member @alice:hs {"displayname":"Alice","membership":"join"})",
           R"(m.room.canonical_alias {"alias":"#a:hs"})",
           R"(m.room.join_rules {"join_rule":"public"})",
           R"(m.room.history_visibility {"history_visibility":"shared"})",
           R"(m.x k {"a":1})", R"(m.room.name {"name":"Name"})",
           R"(m.room.topic {"topic":"Topic"})",
           R"(m.room.member @bob:hs {"is_direct":true,"membership":"invite"})"}));
  for (const EventDraft& draft : drafts) {
    EXPECT_EQ(draft.sender, kAlice.user_id);
    EXPECT_EQ(draft.origin_server_ts, 1000);
  }
}

TEST(RoomCreationTest, RoomTakesItsOwnEvents) {
  for (RoomPreset preset : {RoomPreset::kPrivateChat, RoomPreset::kPublicChat,
                            RoomPreset::kTrustedPrivateChat}) {
    RoomRequest request;
    request.preset = preset;
    request.name = "Name";
    request.invites = {kBob};
    RoomState state;
    for (const EventDraft& draft : Make(request)) {
      EXPECT_EQ(CheckEventAllowed(draft, state), absl::OkStatus());
      state.Apply(BuildEvent(draft, Room("!r:hs"), "$e", nullptr).value());
    }
    EXPECT_EQ(state.CurrentPowerLevels().value().OfUser("@alice:hs"), 100);
    EXPECT_EQ(state.CurrentPowerLevels().value().OfUser("@bob:hs"),
              preset == RoomPreset::kTrustedPrivateChat ? 100 : 0);
    EXPECT_EQ(state.JoinRule(),
              preset == RoomPreset::kPublicChat ? "public" : "invite");
  }
}

// As an IRC bridge does at its start.
TEST(RoomCreationTest, InitialStateBeatsThePreset) {
  RoomRequest request;
  request.preset = RoomPreset::kPublicChat;
  request.initial_state = {
      {kJoinRulesType, "", R"({"join_rule":"invite"})"},
      {kHistoryVisibilityType, "", R"({"history_visibility":"joined"})"},
      {kPowerLevelsType, "", R"({"users":{"@alice:hs":77}})"}};
  std::vector<EventDraft> drafts = Make(request);
  EXPECT_THAT(
      Types(drafts),
      ElementsAre(kCreateType, kMemberType, kPowerLevelsType, kGuestAccessType,
                  kJoinRulesType, kHistoryVisibilityType));
  EXPECT_EQ(ContentOf(drafts, kJoinRulesType), R"({"join_rule":"invite"})");
  EXPECT_EQ(ContentOf(drafts, kPowerLevelsType),
            R"({"users":{"@alice:hs":77}})");
}

TEST(RoomCreationTest, NameAndTopicBeatInitialState) {
  RoomRequest request;
  request.name = "said";
  request.initial_state = {{kNameType, "", R"({"name":"overruled"})"},
                           {kTopicType, "", R"({"topic":"kept"})"}};
  std::vector<EventDraft> drafts = Make(request);
  EXPECT_EQ(ContentOf(drafts, kNameType), R"({"name":"said"})");
  EXPECT_EQ(ContentOf(drafts, kTopicType), R"({"topic":"kept"})");
  request.topic = "said too";
  EXPECT_EQ(Types(Make(request)).size(), Types(drafts).size());
  EXPECT_EQ(ContentOf(Make(request), kTopicType), R"({"topic":"said too"})");
  // What stands elsewhere isn't the room's name.
  request.initial_state = {{kNameType, "x", R"({"name":"elsewhere"})"}};
  EXPECT_THAT(Shown(Make(request)),
              IsSupersetOf({R"(m.room.name x {"name":"elsewhere"})",
                            R"(m.room.name {"name":"said"})"}));
}

TEST(RoomCreationTest, PowerLevelsAreOverriddenByKey) {
  RoomRequest request;
  request.power_level_content_override = R"({"invite":7,"users":{}})";
  const std::string content = ContentOf(Make(request), kPowerLevelsType);
  EXPECT_THAT(content, HasSubstr(R"("invite":7)"));
  EXPECT_THAT(content, HasSubstr(R"("users":{})"));
  EXPECT_THAT(content, HasSubstr(R"("kick":50)"));
}

TEST(RoomCreationTest, RefusesWhatIsNotInForm) {
  RoomRequest bad_creation;
  bad_creation.creation_content_json = "[]";
  RoomRequest bad_override;
  bad_override.power_level_content_override = R"({"ban":0.5})";
  RoomRequest bad_state;
  bad_state.initial_state = {{"m.x", "", "nonsense"}};
  RoomRequest many_invites;
  many_invites.invites.assign(kInvitesMax + 1, kBob);
  RoomRequest much_state;
  much_state.initial_state.assign(kInitialStateMax + 1, {"m.x", "", "{}"});
  struct {
    RoomRequest request;
    const char* errcode;
  } cases[] = {{bad_creation, "M_BAD_JSON"},
               {bad_override, "M_BAD_JSON"},
               {bad_state, "M_NOT_JSON"},
               {many_invites, "M_INVALID_PARAM"},
               {much_state, "M_INVALID_PARAM"}};
  for (const auto& c : cases) {
    EXPECT_EQ(GetErrcode(DraftNewRoom(c.request, kAlice, 1).status()),
              c.errcode);
  }
}

}  // namespace
}  // namespace causeway::homeserver
