#include "services/homeserver/sent_txns/sent_txns.h"

#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/homeserver/migrations.h"
#include "services/homeserver/rooms/event.h"
#include "services/homeserver/rooms/event_appending.h"
#include "services/homeserver/rooms/postgres_room_store.h"
#include "services/homeserver/rooms/room_sql.h"
#include "services/homeserver/rooms/room_state.h"
#include "services/homeserver/rooms/room_store.h"
#include "services/homeserver/rooms/test_events.h"
#include "services/homeserver/to_device/postgres_to_device_store.h"
#include "services/shared/clock/clock.h"
#include "services/shared/postgres/migrations.h"
#include "services/shared/postgres/pool.h"
#include "services/shared/postgres/test_cluster.h"

namespace causeway::homeserver {
namespace {

constexpr char kRoom[] = "!r:hs";

class SentTxnsTest : public ::testing::Test {
 protected:
  static std::string NewDatabase() {
    static postgres::TestCluster cluster;
    std::string conninfo = cluster.NewDatabase("homeserver");
    EXPECT_EQ(postgres::Migrate(conninfo, "homeserver", Migrations()),
              absl::OkStatus());
    return conninfo;
  }

  static ClientTxn Txn(const std::string& txn_id) {
    return {.scope = "s",
            .room_id = kRoom,
            .event_type = "m.room.message",
            .txn_id = txn_id};
  }
  void SendEvent(const std::string& txn_id) {
    ASSERT_TRUE(rooms_
                    .Write([&](RoomTransaction& transaction) {
                      RoomState state;
                      const Event event =
                          AppendReported(transaction, Room(kRoom),
                                         MessageDraft("@a:hs", "x"), state)
                              .value();
                      transaction.RememberSent(Txn(txn_id), event.event_id);
                      return absl::OkStatus();
                    })
                    .ok());
  }
  bool IsRemembered(const std::string& txn_id) {
    bool found = false;
    EXPECT_TRUE(rooms_
                    .Write([&](RoomTransaction& transaction) {
                      found = transaction.FindSent(Txn(txn_id))->has_value();
                      return absl::OkStatus();
                    })
                    .ok());
    return found;
  }
  // Whether it wasn't sent before.
  bool SendToDevice(const std::string& txn_id) {
    return to_device_.Send({"s", "t", txn_id}, {}, {}).value();
  }

  postgres::Pool pool_{
      {.conninfo = NewDatabase(), .statements = room_sql::Statements()}};
  PostgresRoomStore rooms_{pool_, [] {}};
  PostgresToDeviceStore to_device_{pool_, [] {}, [] {}};
  SentTxns sent_txns_{{.kept = absl::Hours(24), .batch = 2}, pool_};
  const RealClock clock_{};
};

TEST_F(SentTxnsTest, TransactionIdsAreKeptForTheirTime) {
  SendEvent("1");
  EXPECT_TRUE(SendToDevice("1"));
  const absl::Time now = clock_.Now();
  EXPECT_EQ(sent_txns_.DropOlder(now + absl::Hours(23)).value(), 0);
  EXPECT_TRUE(IsRemembered("1"));
  EXPECT_FALSE(SendToDevice("1"));
  EXPECT_EQ(sent_txns_.DropOlder(now + absl::Hours(25)).value(), 2);
  EXPECT_FALSE(IsRemembered("1"));
  EXPECT_TRUE(SendToDevice("1"));
}

TEST_F(SentTxnsTest, MoreThanABatchIsDroppedInOneGo) {
  for (int i = 0; i < 5; ++i) SendEvent(absl::StrCat(i));
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(SendToDevice(absl::StrCat(i)));
  EXPECT_EQ(sent_txns_.DropOlder(clock_.Now() + absl::Hours(25)).value(), 9);
}

}  // namespace
}  // namespace causeway::homeserver
