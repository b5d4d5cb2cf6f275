#include "services/shared/registry_watch/hs_tokens.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "services/shared/registry_watch/registration.h"
#include "services/shared/secrets/secret_box.h"

namespace causeway::registry_watch {
namespace {

class HsTokensTest : public ::testing::Test {
 protected:
  const secrets::SecretBox box_ =
      secrets::SecretBox::FromKeyHex(std::string(64, 'a')).value();
  const absl::Time until_ = absl::FromUnixSeconds(1421416883);
  const Registration registration_ = {
      .uid = "7",
      .hs_token_sealed = box_.Seal("T_new", "7"),
      .previous_hs_token_sealed = box_.Seal("T_old", "7"),
      .previous_hs_token_until = until_};
};

TEST_F(HsTokensTest, PreviousOneIsThereUntilItsTimeIsOver) {
  const auto before =
      OpenHsTokens(registration_, box_, until_ - absl::Nanoseconds(1));
  ASSERT_TRUE(before.ok()) << before.status();
  EXPECT_EQ(before->current, "T_new");
  EXPECT_EQ(before->previous, "T_old");
  const auto after = OpenHsTokens(registration_, box_, until_);
  EXPECT_EQ(after->current, "T_new");
  EXPECT_EQ(after->previous, "");
}

TEST_F(HsTokensTest, PreviousOneThatCannotBeOpenedIsNone) {
  Registration registration = registration_;
  registration.previous_hs_token_sealed = box_.Seal("T_old", "8");
  EXPECT_EQ(OpenHsTokens(registration, box_, absl::UnixEpoch())->previous, "");
  registration.hs_token_sealed = box_.Seal("T_new", "8");
  EXPECT_EQ(OpenHsTokens(registration, box_, absl::UnixEpoch()).status().code(),
            absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace causeway::registry_watch
