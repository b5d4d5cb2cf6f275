#include "services/homeserver/sync/sync_token.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/shared/status/errcode.h"

namespace causeway::homeserver {
namespace {

constexpr SyncPosition kEverywhere = {
    .events = 17,
    .updates = 4,
    .to_device = 3,
    .ephemeral = {.epoch = 0x5f0c, .number = 2}};

TEST(SyncTokenTest, GoesThereAndBack) {
  EXPECT_EQ(FormatSyncToken(17), "s17");
  EXPECT_EQ(ParseSyncToken("s17", "since").value(), 17);
  EXPECT_EQ(ParseSyncToken("s0", "since").value(), 0);
}

TEST(SyncTokenTest, NamesEveryStream) {
  EXPECT_EQ(FormatSyncToken(kEverywhere), "s17_4_3_5f0c_2");
  EXPECT_EQ(ParseSyncPosition("s17_4_3_5f0c_2", "since").value(), kEverywhere);
  EXPECT_EQ(ParseSyncToken("s17_4_3_5f0c_2", "from").value(), 17);
  EXPECT_EQ(ParseSyncPosition("s17", "since").value(),
            SyncPosition{.events = 17});
}

TEST(SyncTokenTest, RefusesTokensOfOtherServers) {
  for (const char* token :
       {"", "s", "17", "s-1", "s+1", "s 1", "s1_2", "t17", "s1x",
        "s99999999999999999999", "s9223372036854775807", "s1_2_3_4",
        "s1_2_3_4_5_6", "s1_2_3_g_5", "s1_2_3_4_", "s1_-2_3_4_5", "s_2_3_4_5",
        "s1_2_3_ffffffffffffffff_5"}) {
    EXPECT_EQ(GetErrcode(ParseSyncToken(token, "since").status()),
              "M_INVALID_PARAM")
        << token;
  }
}

}  // namespace
}  // namespace causeway::homeserver
