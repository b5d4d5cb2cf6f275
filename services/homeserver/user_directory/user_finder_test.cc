#include "services/homeserver/user_directory/user_finder.h"

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/homeserver/accounts/postgres_user_store.h"
#include "services/homeserver/accounts/user_store.h"
#include "services/homeserver/migrations.h"
#include "services/homeserver/rooms/event_types.h"
#include "services/homeserver/rooms/postgres_room_store.h"
#include "services/homeserver/rooms/room_sql.h"
#include "services/homeserver/rooms/test_events.h"
#include "services/shared/clock/clock.h"
#include "services/shared/postgres/migrations.h"
#include "services/shared/postgres/pool.h"
#include "services/shared/postgres/test_cluster.h"
#include "services/shared/status/errcode.h"

namespace causeway::homeserver {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class UserFinderTest : public ::testing::Test {
 protected:
  static std::string NewDatabase() {
    static postgres::TestCluster cluster;
    std::string conninfo = cluster.NewDatabase("homeserver");
    EXPECT_EQ(postgres::Migrate(conninfo, "homeserver", Migrations()),
              absl::OkStatus());
    return conninfo;
  }

  void AddUser(const std::string& user_id, const std::string& name = "") {
    Profile profile;
    if (!name.empty()) profile.display_name = name;
    ASSERT_TRUE(users_
                    .CreateUser({.user_id = User(user_id),
                                 .password_hash = "",
                                 .profile = profile},
                                std::nullopt, absl::UnixEpoch())
                    .ok());
  }
  // A room that only who is invited may join, with both in it.
  void MeetInPrivate(const std::string& room_id, const std::string& one,
                     const std::string& other) {
    AppendRoom(rooms_, room_id, one);
    Append(rooms_, room_id,
           Draft(one, kJoinRulesType, "", R"({"join_rule":"invite"})"));
    Append(rooms_, room_id, MemberDraft(other, other, "join"));
  }
  std::vector<std::string> Find(const std::string& term, int limit = 0) {
    const FoundUsers found =
        finder_.Find(User("@alice:hs"), term, limit).value();
    limited_ = found.limited;
    std::vector<std::string> user_ids;
    for (const FoundUser& user : found.users) user_ids.push_back(user.user_id);
    return user_ids;
  }

  postgres::Pool pool_{
      {.conninfo = NewDatabase(), .statements = room_sql::Statements()}};
  const RealClock clock_{};
  PostgresUserStore users_{pool_, clock_};
  PostgresRoomStore rooms_{pool_, [] {}};
  UserFinder finder_{pool_};
  bool limited_ = false;
};

TEST_F(UserFinderTest, OnlyWhomOneMayKnowIsFound) {
  for (const char* user : {"@alice:hs", "@friend_one:hs", "@friend_two:hs",
                           "@friend_hidden:hs", "@friend_nowhere:hs"}) {
    AddUser(user);
  }
  MeetInPrivate("!shared:hs", "@alice:hs", "@friend_one:hs");
  AppendRoom(rooms_, "!public:hs", "@friend_two:hs");
  MeetInPrivate("!hidden:hs", "@friend_hidden:hs", "@friend_nowhere:hs");
  EXPECT_THAT(Find("friend"), ElementsAre("@friend_one:hs", "@friend_two:hs"));
  Append(rooms_, "!shared:hs",
         MemberDraft("@friend_one:hs", "@friend_one:hs", "leave"));
  Append(
      rooms_, "!public:hs",
      Draft("@friend_two:hs", kJoinRulesType, "", R"({"join_rule":"invite"})"));
  EXPECT_THAT(Find("friend"), IsEmpty());
}

TEST_F(UserFinderTest, NamesAreFoundInAnyCaseAndLiterally) {
  AddUser("@alice:hs");
  AddUser("@bob:hs", "Dr. Robert 100%");
  MeetInPrivate("!shared:hs", "@alice:hs", "@bob:hs");
  for (const char* term : {"BOB", "robert", "100%", "@bob:hs"}) {
    EXPECT_THAT(Find(term), ElementsAre("@bob:hs")) << term;
  }
  EXPECT_THAT(Find("1%0"), IsEmpty());
  EXPECT_THAT(Find("alice"), IsEmpty());
  EXPECT_EQ(finder_.Find(User("@alice:hs"), "bob", 0)
                .value()
                .users[0]
                .profile.display_name,
            "Dr. Robert 100%");
}

// Nobody spoils the search for others by what they write into a room.
TEST_F(UserFinderTest, AnyTextInARoomsRulesIsTaken) {
  AddUser("@alice:hs");
  AddUser("@bob:hs");
  AppendRoom(rooms_, "!public:hs", "@bob:hs");
  Append(rooms_, "!public:hs",
         Draft("@bob:hs", kJoinRulesType, "",
               R"({"join_rule":"public","a":"\u0000 \\u0000"})"));
  EXPECT_THAT(Find("bob"), ElementsAre("@bob:hs"));
}

TEST_F(UserFinderTest, DeactivatedUsersAreNotFound) {
  AddUser("@alice:hs");
  AddUser("@bob:hs");
  MeetInPrivate("!shared:hs", "@alice:hs", "@bob:hs");
  ASSERT_TRUE(users_.Deactivate(User("@bob:hs"), absl::UnixEpoch()).ok());
  EXPECT_THAT(Find("bob"), IsEmpty());
}

TEST_F(UserFinderTest, AnswersAreBounded) {
  AddUser("@alice:hs");
  for (int i = 10; i <= 10 + kUsersFoundMax; ++i) {
    const std::string user_id = absl::StrCat("@ghost", i, ":hs");
    AddUser(user_id);
    AppendRoom(rooms_, absl::StrCat("!r", i, ":hs"), user_id);
  }
  EXPECT_THAT(Find("ghost", 2), ElementsAre("@ghost10:hs", "@ghost11:hs"));
  EXPECT_TRUE(limited_);
  EXPECT_EQ(Find("ghost").size(), static_cast<size_t>(kUsersFoundDefault));
  EXPECT_EQ(Find("ghost", 1000).size(), static_cast<size_t>(kUsersFoundMax));
  EXPECT_THAT(Find("ghost10", 1), ElementsAre("@ghost10:hs"));
  EXPECT_FALSE(limited_);
}

TEST_F(UserFinderTest, BadRequestsAreNamed) {
  for (const std::string& term :
       {std::string(), std::string(256, 'x'), std::string(1, '\0')}) {
    EXPECT_EQ(GetErrcode(finder_.Find(User("@alice:hs"), term, 0).status()),
              "M_INVALID_PARAM");
  }
  EXPECT_EQ(GetErrcode(finder_.Find(User("@alice:hs"), "x", -1).status()),
            "M_INVALID_PARAM");
}

}  // namespace
}  // namespace causeway::homeserver
