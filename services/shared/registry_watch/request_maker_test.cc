#include "services/shared/registry_watch/request_maker.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "services/shared/appservice_client/appservice_client.h"
#include "services/shared/clock/fake_clock.h"
#include "services/shared/registry_watch/registration.h"
#include "services/shared/secrets/secret_box.h"

namespace causeway::registry_watch {
namespace {

class RequestMakerTest : public ::testing::Test {
 protected:
  const secrets::SecretBox secret_box_ =
      secrets::SecretBox::FromKeyHex(std::string(64, 'a')).value();
  FakeClock clock_;
  Registration registration_{
      .uid = "7",
      .id = "irc",
      .url = "http://as.test",
      .hs_token_sealed = secret_box_.Seal("T_new", "7"),
      .previous_hs_token_sealed = secret_box_.Seal("T_old", "7"),
      .previous_hs_token_until = clock_.Now() + absl::Seconds(1),
      .dialect = appservice_client::Dialect::kDraft};
  const RequestMaker maker_{secret_box_, clock_};
};

TEST_F(RequestMakerTest, GoesByTheRegistration) {
  const auto request = maker_.Make(registration_);
  ASSERT_TRUE(request.ok()) << request.status();
  EXPECT_EQ(request->appservice_uid, "7");
  EXPECT_EQ(request->appservice_id, "irc");
  EXPECT_EQ(request->url, "http://as.test");
  EXPECT_EQ(request->hs_token, "T_new");
  EXPECT_EQ(request->dialect, appservice_client::Dialect::kDraft);
}

TEST_F(RequestMakerTest, GoesWhereTheGrantAllows) {
  registration_.private_networks_allowed = true;
  EXPECT_TRUE(maker_.Make(registration_)->private_addresses_allowed);
  registration_.private_networks_allowed = false;
  EXPECT_FALSE(maker_.Make(registration_)->private_addresses_allowed);
}

TEST_F(RequestMakerTest, PreviousTokenGoesAlongUntilItsTimeIsOver) {
  clock_.AdvanceTime(absl::Seconds(1) - absl::Nanoseconds(1));
  EXPECT_EQ(maker_.Make(registration_)->previous_hs_token, "T_old");
  clock_.AdvanceTime(absl::Nanoseconds(1));
  EXPECT_EQ(maker_.Make(registration_)->previous_hs_token, "");
}

TEST_F(RequestMakerTest, PreviousTokenThatCannotBeOpenedIsNone) {
  registration_.previous_hs_token_sealed = secret_box_.Seal("T_old", "8");
  const auto request = maker_.Make(registration_);
  ASSERT_TRUE(request.ok()) << request.status();
  EXPECT_EQ(request->previous_hs_token, "");
}

TEST_F(RequestMakerTest, NothingIsSentOnceTheGrantHasExpired) {
  registration_.expire_time = clock_.Now() + absl::Seconds(1);
  EXPECT_TRUE(maker_.Make(registration_).ok());
  clock_.AdvanceTime(absl::Seconds(1));
  EXPECT_EQ(maker_.Make(registration_).status(),
            absl::FailedPreconditionError("its grant has expired"));
}

// A token of one can't be used for another.
TEST_F(RequestMakerTest, TokenIsBoundToItsOwner) {
  registration_.uid = "8";
  EXPECT_EQ(maker_.Make(registration_).status().code(),
            absl::StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace causeway::registry_watch
