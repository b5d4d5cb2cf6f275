#include "services/query_proxy/request_maker.h"

#include <string>

#include "absl/status/status.h"
#include "gtest/gtest.h"
#include "services/shared/appservice_client/appservice_client.h"
#include "services/shared/clock/fake_clock.h"

namespace causeway::query {
namespace {

class RequestMakerTest : public ::testing::Test {
 protected:
  const secrets::SecretBox secret_box_ =
      secrets::SecretBox::FromKeyHex(std::string(64, 'a')).value();
  const FakeClock clock_;
  registry_watch::Registration registration_{
      .uid = "7",
      .id = "irc",
      .url = "http://as.test",
      .hs_token_sealed = secret_box_.Seal("T_h", "7"),
      .dialect = appservice_client::Dialect::kDraft};
};

TEST_F(RequestMakerTest, GoesByTheRegistration) {
  const RequestMaker maker({.private_addresses_allowed = false}, secret_box_,
                           clock_);
  const auto request = maker.Make(registration_);
  ASSERT_TRUE(request.ok()) << request.status();
  EXPECT_EQ(request->appservice_uid, "7");
  EXPECT_EQ(request->appservice_id, "irc");
  EXPECT_EQ(request->url, "http://as.test");
  EXPECT_EQ(request->hs_token, "T_h");
  EXPECT_EQ(request->dialect, appservice_client::Dialect::kDraft);
  EXPECT_FALSE(request->private_addresses_allowed);
}

// A token of one can't be used for another.
TEST_F(RequestMakerTest, TokenIsBoundToItsOwner) {
  registration_.uid = "8";
  EXPECT_EQ(
      RequestMaker({}, secret_box_, clock_).Make(registration_).status().code(),
      absl::StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace causeway::query
