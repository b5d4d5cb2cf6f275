#include "services/homeserver/accounts/filter_store_contract.h"

#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "services/shared/matrix/identifiers.h"

namespace causeway::homeserver {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1421416800);

matrix::UserId User(absl::string_view text) {
  return matrix::UserId::Parse(text).value();
}

TEST_P(FilterStoreContract, KeepsFiltersByUser) {
  const matrix::UserId alice = User("@alice:hs.test");
  ASSERT_TRUE(
      store_->PutFilter(alice, "a", "{\"\\u0000\": \"\xc3\xa9\"}", kNow).ok());
  EXPECT_EQ(store_->FindFilter(alice, "a").value(),
            "{\"\\u0000\": \"\xc3\xa9\"}");
  EXPECT_FALSE(store_->FindFilter(alice, "b").value().has_value());
  EXPECT_FALSE(
      store_->FindFilter(User("@bob:hs.test"), "a").value().has_value());
}

TEST_P(FilterStoreContract, PuttingAgainChangesNothing) {
  const matrix::UserId alice = User("@alice:hs.test");
  ASSERT_TRUE(store_->PutFilter(alice, "a", "{}", kNow).ok());
  ASSERT_TRUE(store_->PutFilter(alice, "a", "{}", kNow).ok());
  EXPECT_EQ(store_->FindFilter(alice, "a").value(), "{}");
}

TEST_P(FilterStoreContract, FilterNeedsAUser) {
  EXPECT_EQ(store_->PutFilter(User("@carol:hs.test"), "a", "{}", kNow).code(),
            absl::StatusCode::kNotFound);
}

TEST_P(FilterStoreContract, CountsFiltersPerUser) {
  const matrix::UserId alice = User("@alice:hs.test");
  for (int i = 0; i < kFiltersPerUserMax; ++i) {
    ASSERT_TRUE(store_->PutFilter(alice, absl::StrCat(i), "{}", kNow).ok());
  }
  EXPECT_EQ(store_->PutFilter(alice, "more", "{}", kNow).code(),
            absl::StatusCode::kResourceExhausted);
  EXPECT_TRUE(store_->PutFilter(alice, "0", "{}", kNow).ok());
  EXPECT_TRUE(store_->PutFilter(User("@bob:hs.test"), "more", "{}", kNow).ok());
}

}  // namespace
}  // namespace causeway::homeserver
