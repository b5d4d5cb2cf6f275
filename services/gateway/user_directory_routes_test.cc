#include "services/gateway/user_directory_routes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "causeway/homeserver/v1/user_directory.pb.h"
#include "services/gateway/api_fixture.h"

namespace causeway::gateway {
namespace {

namespace pb = causeway::homeserver::v1;
using ::testing::SizeIs;

constexpr char kSearchUsers[] =
    "causeway.homeserver.v1.UserDirectory/SearchUsers";
constexpr char kPath[] = "/_matrix/client/v3/user_directory/search";

class UserDirectoryRoutesTest : public ApiFixture {};

TEST_F(UserDirectoryRoutesTest, TermAndLimitGoThereAndUsersBack) {
  pb::SearchUsersResponse found;
  found.set_limited(true);
  pb::SearchUsersResponse::User& bob = *found.add_users();
  bob.set_user_id("@bob:hs.test");
  bob.mutable_profile()->set_has_display_name(true);
  bob.mutable_profile()->set_display_name("Bob");
  found.add_users()->set_user_id("@bobby:hs.test");
  peers_.Answer(kSearchUsers, found);
  EXPECT_EQ(Call("POST", kPath, R"({"search_term":"bob","limit":2})", "person")
                .raw.body,
            R"({"limited":true,"results":[)"
            R"({"display_name":"Bob","user_id":"@bob:hs.test"},)"
            R"({"user_id":"@bobby:hs.test"}]})");
  const auto asked = peers_.Requests<pb::SearchUsersRequest>(kSearchUsers);
  ASSERT_THAT(asked, SizeIs(1));
  EXPECT_EQ(asked[0].search_term(), "bob");
  EXPECT_EQ(asked[0].limit(), 2);
  EXPECT_EQ(asked[0].principal().user().user_id(), "@alice:hs.test");
}

TEST_F(UserDirectoryRoutesTest, ATermIsNeeded) {
  const ApiAnswer answer = Call("POST", kPath, "{}", "person");
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.body["errcode"], "M_MISSING_PARAM");
}

}  // namespace
}  // namespace causeway::gateway
