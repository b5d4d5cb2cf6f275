#include "services/push_dispatcher/store/sealed_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/time/time.h"

namespace causeway::push {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

SealedTransaction Sealed(const std::string& txn_id) {
  return {.txn_id = txn_id,
          .source_id = 2,
          .last_position = int64_t{1} << 40,
          .event_count = 3,
          .body_sha256 = std::string(31, '\xff') + '\0',
          .body_format = 1,
          .publish_time = absl::FromUnixMillis(1700000000123)};
}

TEST(SealedListTest, ReadsWhatItWrote) {
  EXPECT_EQ(SealedListJson({}), "[]");
  EXPECT_THAT(ParseSealedList("[]").value(), IsEmpty());
  const std::vector<SealedTransaction> sealed = {Sealed("n-2"), Sealed("n-1")};
  EXPECT_EQ(ParseSealedList(SealedListJson(sealed)).value(), sealed);
}

TEST(SealedListTest, KeepsTheTextOfWhatRidesAlong) {
  SealedTransaction sealed = Sealed("n-1");
  EXPECT_THAT(SealedListJson({sealed}), Not(HasSubstr("ephemeral")));
  sealed.ephemeral = R"({ "b":1.0,"a":"\u0000é" },{"a":1,"a":2})";
  EXPECT_EQ(ParseSealedList(SealedListJson({sealed})).value(),
            std::vector<SealedTransaction>{sealed});
}

TEST(SealedListTest, IsReadable) {
  EXPECT_THAT(SealedListJson({Sealed("n-1")}), HasSubstr("\"sha256\":\"ffff"));
}

TEST(SealedListTest, RefusesWhatIsDamaged) {
  for (const char* json : {"", "{}", "[1]", "[{}]"}) {
    SCOPED_TRACE(json);
    EXPECT_EQ(ParseSealedList(json).status().code(),
              absl::StatusCode::kDataLoss);
  }
  SealedTransaction short_hash = Sealed("n-1");
  short_hash.body_sha256 = "x";
  EXPECT_EQ(ParseSealedList(SealedListJson({short_hash})).status().code(),
            absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace causeway::push
