// Both sets of stores pass update_stores_contract.

#include "services/homeserver/updates/update_stores.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/homeserver/account_data/fake_account_data_store.h"
#include "services/homeserver/account_data/postgres_account_data_store.h"
#include "services/homeserver/accounts/postgres_user_store.h"
#include "services/homeserver/accounts/user_store.h"
#include "services/homeserver/device_keys/fake_device_key_store.h"
#include "services/homeserver/device_keys/postgres_device_key_store.h"
#include "services/homeserver/ephemeral/fake_receipt_store.h"
#include "services/homeserver/ephemeral/postgres_receipt_store.h"
#include "services/homeserver/migrations.h"
#include "services/homeserver/rooms/fake_room_store.h"
#include "services/homeserver/rooms/history_sql.h"
#include "services/homeserver/rooms/postgres_room_history.h"
#include "services/homeserver/rooms/postgres_room_store.h"
#include "services/homeserver/rooms/room_sql.h"
#include "services/homeserver/rooms/stream_prefix.h"
#include "services/homeserver/rooms/test_events.h"
#include "services/homeserver/stream/postgres_stream_source.h"
#include "services/homeserver/stream/stream_source.h"
#include "services/homeserver/to_device/fake_to_device_store.h"
#include "services/homeserver/to_device/postgres_to_device_store.h"
#include "services/homeserver/updates/device_key_store_contract.h"
#include "services/homeserver/updates/fake_update_log.h"
#include "services/homeserver/updates/postgres_update_log.h"
#include "services/shared/clock/clock.h"
#include "services/shared/postgres/migrations.h"
#include "services/shared/postgres/pool.h"
#include "services/shared/postgres/test_cluster.h"

namespace causeway::homeserver {
namespace {

// Stores on a database of their own.
struct OnNewDatabase {
  OnNewDatabase() {
    for (const char* user : {"@alice:hs", "@bob:hs"}) {
      EXPECT_TRUE(
          users
              .CreateUser(
                  {.user_id = User(user), .password_hash = "", .profile = {}},
                  std::nullopt, absl::UnixEpoch())
              .ok());
    }
    for (const char* device : {"PHONE", "TABLET"}) {
      EXPECT_TRUE(
          users
              .PutDevice({.user_id = User("@alice:hs"),
                          .device_id = device,
                          .display_name = "",
                          .access_token_sha256 = std::string(32, *device)},
                         absl::UnixEpoch())
              .ok());
    }
  }

  static std::string NewDatabase() {
    static postgres::TestCluster cluster;
    std::string conninfo = cluster.NewDatabase("homeserver");
    EXPECT_EQ(postgres::Migrate(conninfo, "homeserver", Migrations()),
              absl::OkStatus());
    return conninfo;
  }

  std::vector<StreamRecord> Records() {
    return source.ReadFrom(1, 1000, 1 << 20).value().records;
  }

  static std::vector<postgres::PreparedStatement> Statements() {
    std::vector<postgres::PreparedStatement> statements =
        room_sql::Statements();
    for (const auto& more :
         {history_sql::Statements(), PostgresStreamSource::Statements()}) {
      statements.insert(statements.end(), more.begin(), more.end());
    }
    return statements;
  }

  postgres::Pool pool{{.conninfo = NewDatabase(), .statements = Statements()}};
  const RealClock clock{};
  PostgresUserStore users{pool, clock};
  PostgresUpdateLog log{pool};
  PostgresAccountDataStore account_data{pool, [] {}};
  PostgresReceiptStore receipts{pool, [] {}};
  PostgresToDeviceStore to_device{pool, [] {}, [] {}};
  PostgresDeviceKeyStore device_keys{pool, [] {}};
  PostgresRoomStore rooms{pool, [] {}};
  PostgresRoomHistory history{pool};
  PostgresStreamSource source{pool};
};

UpdateStores NewPostgresStores() {
  auto made = std::make_shared<OnNewDatabase>();
  return {
      .log = &made->log,
      .account_data = &made->account_data,
      .receipts = &made->receipts,
      .to_device = &made->to_device,
      .device_keys = &made->device_keys,
      .rooms = &made->rooms,
      .history = &made->history,
      .published_to_device =
          [made] {
            std::vector<std::string> jsons;
            for (const StreamRecord& record : made->Records()) {
              if (record.kind == StreamRecord::Kind::kToDevice) {
                jsons.push_back(record.event_json);
              }
            }
            return jsons;
          },
      .end_device_of_alice =
          [made](const std::string& device_id) {
            EXPECT_TRUE(
                made->users.DeleteDevices(User("@alice:hs"), {device_id}).ok());
          },
      .owner = made};
}

// Stores in memory.
struct Fakes {
  FakeUpdateLog log;
  FakeAccountDataStore account_data{log};
  FakeReceiptStore receipts{log};
  FakeToDeviceStore to_device{log};
  FakeRoomStore rooms;
  FakeDeviceKeyStore device_keys{log, rooms};
};

UpdateStores NewFakeStores() {
  auto made = std::make_shared<Fakes>();
  for (const char* device : {"PHONE", "TABLET"}) {
    made->to_device.AddDevice("@alice:hs", device);
    made->device_keys.AddDevice("@alice:hs", device);
  }
  return {.log = &made->log,
          .account_data = &made->account_data,
          .receipts = &made->receipts,
          .to_device = &made->to_device,
          .device_keys = &made->device_keys,
          .rooms = &made->rooms,
          .history = &made->rooms,
          .published_to_device = [made] { return made->to_device.published(); },
          .end_device_of_alice =
              [made](const std::string& device_id) {
                made->device_keys.RemoveDevice("@alice:hs", device_id);
              },
          .owner = made};
}

INSTANTIATE_TEST_SUITE_P(Postgres, UpdateStoreContract,
                         ::testing::Values(&NewPostgresStores));
INSTANTIATE_TEST_SUITE_P(Fake, UpdateStoreContract,
                         ::testing::Values(&NewFakeStores));
INSTANTIATE_TEST_SUITE_P(Postgres, DeviceKeyStoreContract,
                         ::testing::Values(&NewPostgresStores));
INSTANTIATE_TEST_SUITE_P(Fake, DeviceKeyStoreContract,
                         ::testing::Values(&NewFakeStores));

// Goal: push_dispatcher takes the stream with messages to devices in it.
// Method: hash what the publisher reads, as PublishRequest says, and compare.
TEST(PostgresToDeviceStoreTest, RunningHashCoversMessages) {
  OnNewDatabase made;
  AppendRoom(made.rooms, "!r:hs", "@alice:hs");
  ASSERT_TRUE(made.to_device.Send({"s", "t", "1"}, {}, {R"({"n":1})"}).ok());
  AppendRoom(made.rooms, "!q:hs", "@alice:hs");
  std::string prefix(32, '\0');
  int messages = 0;
  for (const StreamRecord& record : made.Records()) {
    const bool is_message = record.kind == StreamRecord::Kind::kToDevice;
    messages += is_message ? 1 : 0;
    prefix =
        NextPrefixSha256(prefix, is_message ? ToDeviceRecord(record.event_json)
                                            : record.event_json);
    EXPECT_EQ(record.prefix_sha256_after, prefix) << record.position;
  }
  EXPECT_EQ(messages, 1);
}

}  // namespace
}  // namespace causeway::homeserver
