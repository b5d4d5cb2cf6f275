#include "services/homeserver/sync/sync_token.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/shared/status/errcode.h"

namespace causeway::homeserver {
namespace {

TEST(SyncTokenTest, GoesThereAndBack) {
  EXPECT_EQ(FormatSyncToken(17), "s17");
  EXPECT_EQ(ParseSyncToken("s17", "since").value(), 17);
  EXPECT_EQ(ParseSyncToken("s0", "since").value(), 0);
}

TEST(SyncTokenTest, RefusesTokensOfOtherServers) {
  for (const char* token :
       {"", "s", "17", "s-1", "s+1", "s 1", "s1_2", "t17", "s1x",
        "s99999999999999999999", "s9223372036854775807"}) {
    EXPECT_EQ(GetErrcode(ParseSyncToken(token, "since").status()),
              "M_INVALID_PARAM")
        << token;
  }
}

}  // namespace
}  // namespace causeway::homeserver
