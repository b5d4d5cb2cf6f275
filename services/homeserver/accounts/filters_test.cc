#include "services/homeserver/accounts/filters.h"

#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/homeserver/accounts/fake_filter_store.h"
#include "services/shared/clock/fake_clock.h"
#include "services/shared/matrix/identifiers.h"
#include "services/shared/status/errcode.h"

namespace causeway::homeserver {
namespace {

class FiltersTest : public ::testing::Test {
 protected:
  FiltersTest() { store_.AddUser(alice_); }

  const matrix::UserId alice_ = matrix::UserId::Parse("@alice:hs.test").value();
  const matrix::UserId bob_ = matrix::UserId::Parse("@bob:hs.test").value();
  FakeFilterStore store_;
  FakeClock clock_;
  Filters filters_{store_, clock_};
};

TEST_F(FiltersTest, KeepsTheBytes) {
  std::string filter = R"({"room": {"timeline": {"limit": 50}}})";
  std::string id = filters_.Create(alice_, filter).value();
  EXPECT_NE(id[0], '{');
  EXPECT_EQ(filters_.Get(alice_, id).value(), filter);
}

TEST_F(FiltersTest, EqualFiltersShareAnId) {
  std::string id = filters_.Create(alice_, "{}").value();
  EXPECT_EQ(filters_.Create(alice_, "{}").value(), id);
  EXPECT_NE(filters_.Create(alice_, "{ }").value(), id);
}

TEST_F(FiltersTest, FiltersOfOthersAreNotFound) {
  store_.AddUser(bob_);
  std::string id = filters_.Create(alice_, "{}").value();
  EXPECT_EQ(GetErrcode(filters_.Get(bob_, id).status()), "M_NOT_FOUND");
  EXPECT_EQ(GetErrcode(filters_.Get(alice_, "x").status()), "M_NOT_FOUND");
}

TEST_F(FiltersTest, RefusesWhatIsNoFilter) {
  EXPECT_EQ(GetErrcode(filters_.Create(alice_, "{").status()), "M_NOT_JSON");
  EXPECT_EQ(GetErrcode(filters_.Create(alice_, "[]").status()), "M_BAD_JSON");
  std::string large =
      absl::StrCat(R"({"a": ")", std::string(kFilterBytesMax, 'x'), R"("})");
  EXPECT_EQ(GetErrcode(filters_.Create(alice_, large).status()), "M_TOO_LARGE");
}

TEST_F(FiltersTest, NobodyHasNoFilters) {
  EXPECT_EQ(GetErrcode(filters_.Create(bob_, "{}").status()), "M_NOT_FOUND");
}

TEST_F(FiltersTest, TooManyAreRefusedButKnownOnesServed) {
  std::string first;
  for (int i = 0; i < kFiltersPerUserMax; ++i) {
    first = filters_.Create(alice_, absl::StrCat(R"({"n":)", i, "}")).value();
  }
  absl::Status status = filters_.Create(alice_, "{}").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(GetErrcode(status), "M_RESOURCE_LIMIT_EXCEEDED");
  EXPECT_TRUE(filters_.Get(alice_, first).ok());
}

}  // namespace
}  // namespace causeway::homeserver
