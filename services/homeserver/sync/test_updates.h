#ifndef CAUSEWAY_SERVICES_HOMESERVER_SYNC_TEST_UPDATES_H_
#define CAUSEWAY_SERVICES_HOMESERVER_SYNC_TEST_UPDATES_H_

#include "services/homeserver/account_data/fake_account_data_store.h"
#include "services/homeserver/account_data/user_data.h"
#include "services/homeserver/device_keys/fake_device_key_store.h"
#include "services/homeserver/ephemeral/ephemeral_count.h"
#include "services/homeserver/ephemeral/fake_receipt_store.h"
#include "services/homeserver/ephemeral/presence.h"
#include "services/homeserver/ephemeral/receipts.h"
#include "services/homeserver/ephemeral/recording_sink.h"
#include "services/homeserver/ephemeral/typing.h"
#include "services/homeserver/news/news_waiters.h"
#include "services/homeserver/rooms/room_history.h"
#include "services/homeserver/sync/update_reader.h"
#include "services/homeserver/to_device/fake_to_device_store.h"
#include "services/homeserver/updates/fake_update_log.h"
#include "services/shared/clock/clock.h"

namespace causeway::homeserver {

// All that /sync tells beside events, on fakes.
struct TestUpdates {
  // All must outlive it.
  TestUpdates(RoomHistory& history, NewsWaiters& waiters, const Clock& clock)
      : device_keys(log, history),
        typing({}, count, waiters, sink, clock),
        presence({}, count, waiters, sink, clock),
        receipts(history, receipt_store, user_data, sink, clock) {}

  UpdateSources sources() {
    return {.log = log,
            .account_data = account_data,
            .receipts = receipt_store,
            .to_device = to_device,
            .device_keys = device_keys,
            .count = count,
            .typing = typing,
            .presence = presence};
  }

  FakeUpdateLog log;
  FakeAccountDataStore account_data{log};
  FakeReceiptStore receipt_store{log};
  FakeToDeviceStore to_device{log};
  FakeDeviceKeyStore device_keys;
  RecordingSink sink;
  EphemeralCount count{1};
  Typing typing;
  Presence presence;
  UserData user_data{account_data};
  Receipts receipts;
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_SYNC_TEST_UPDATES_H_
