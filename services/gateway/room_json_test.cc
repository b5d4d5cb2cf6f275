#include "services/gateway/room_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/status/status.h"
#include "services/shared/status/errcode.h"

namespace causeway::gateway {
namespace {

namespace pb = causeway::homeserver::v1;
using ::testing::HasSubstr;

TEST(ParseCreateRoomTest, TakesAllThatClientsSend) {
  const absl::StatusOr<pb::CreateRoomRequest> request = ParseCreateRoom(R"({
    "room_alias_name": "irc.freenode.net/#matrix", "preset": "public_chat",
    "visibility": "private", "name": "n", "topic": "t", "room_version": "10",
    "invite": ["@a:hs.test", "@b:hs.test"], "is_direct": true,
    "initial_state": [
      {"type": "m.room.join_rules", "state_key": "",
       "content": {"join_rule": "public"}},
      {"type": "x", "content": {}}],
    "creation_content": {"m.federate": true},
    "power_level_content_override": {"users": {"@a:hs.test": 50}},
    "unknown": 1})");
  ASSERT_TRUE(request.ok()) << request.status();
  EXPECT_EQ(request->room_alias_name(), "irc.freenode.net/#matrix");
  EXPECT_EQ(request->preset(), pb::CreateRoomRequest::PUBLIC_CHAT);
  EXPECT_FALSE(request->public_visibility());
  EXPECT_EQ(request->name(), "n");
  EXPECT_EQ(request->topic(), "t");
  EXPECT_EQ(request->room_version(), "10");
  EXPECT_EQ(request->invites_size(), 2);
  EXPECT_TRUE(request->is_direct());
  ASSERT_EQ(request->initial_state_size(), 2);
  EXPECT_EQ(request->initial_state(0).type(), "m.room.join_rules");
  EXPECT_EQ(request->initial_state(0).content_json(),
            R"({"join_rule":"public"})");
  EXPECT_EQ(request->initial_state(1).state_key(), "");
  EXPECT_EQ(request->creation_content_json(), R"({"m.federate":true})");
  EXPECT_EQ(request->power_level_content_override_json(),
            R"({"users":{"@a:hs.test":50}})");
}

TEST(ParseCreateRoomTest, NothingIsARoomToo) {
  for (const char* body : {"", "{}", R"({"invite": []})"}) {
    SCOPED_TRACE(body);
    const absl::StatusOr<pb::CreateRoomRequest> request = ParseCreateRoom(body);
    ASSERT_TRUE(request.ok()) << request.status();
    EXPECT_EQ(request->preset(), pb::CreateRoomRequest::PRESET_UNSPECIFIED);
    EXPECT_EQ(request->creation_content_json(), "");
  }
}

struct BadCase {
  std::string name;
  std::string body;
  std::string errcode;
  std::string culprit;
};

class BadRoomTest : public testing::TestWithParam<BadCase> {};

TEST_P(BadRoomTest, NamesTheCulprit) {
  const absl::Status status = ParseCreateRoom(GetParam().body).status();
  EXPECT_EQ(GetErrcode(status), GetParam().errcode);
  EXPECT_THAT(std::string(status.message()), HasSubstr(GetParam().culprit));
}

INSTANTIATE_TEST_SUITE_P(
    All, BadRoomTest,
    testing::ValuesIn<BadCase>({
        {"NotJson", "nonsense", "M_NOT_JSON", ""},
        {"NotAnObject", "[]", "M_BAD_JSON", ""},
        {"NameOfWrongType", R"({"name": 1})", "M_BAD_JSON", "name"},
        {"UnknownPreset", R"({"preset": "x"})", "M_INVALID_PARAM", "preset"},
        {"UnknownVisibility", R"({"visibility": "x"})", "M_INVALID_PARAM",
         "visibility"},
        {"InviteNotAnArray", R"({"invite": "@a:b"})", "M_BAD_JSON", "invite"},
        {"InviteOfWrongType", R"({"invite": ["@a:b", 1]})", "M_BAD_JSON",
         "invite[1]"},
        {"StateNotAnObject", R"({"initial_state": [1]})", "M_BAD_JSON",
         "initial_state[0]"},
        {"StateWithoutType", R"({"initial_state": [{"content": {}}]})",
         "M_MISSING_PARAM", "type"},
        {"StateWithoutContent", R"({"initial_state": [{"type": "x"}]})",
         "M_MISSING_PARAM", "content"},
        {"CreationContentNotAnObject", R"({"creation_content": []})",
         "M_BAD_JSON", "creation_content"},
    }),
    [](const auto& info) { return info.param.name; });

TEST(MessagesAnswerTest, EndIsLeftOutAtTheEnd) {
  pb::GetMessagesResponse response;
  response.set_start("s1");
  EXPECT_EQ(MessagesAnswer(response), R"({"chunk":[],"start":"s1"})");
  response.set_end("s2");
  EXPECT_EQ(MessagesAnswer(response),
            R"({"chunk":[],"start":"s1","end":"s2"})");
}

}  // namespace
}  // namespace causeway::gateway
