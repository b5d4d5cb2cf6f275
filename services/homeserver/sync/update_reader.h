#ifndef CAUSEWAY_SERVICES_HOMESERVER_SYNC_UPDATE_READER_H_
#define CAUSEWAY_SERVICES_HOMESERVER_SYNC_UPDATE_READER_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/homeserver/account_data/account_data_store.h"
#include "services/homeserver/device_keys/device_key_store.h"
#include "services/homeserver/ephemeral/ephemeral_count.h"
#include "services/homeserver/ephemeral/presence.h"
#include "services/homeserver/ephemeral/receipt_store.h"
#include "services/homeserver/ephemeral/typing.h"
#include "services/homeserver/news/news_source.h"
#include "services/homeserver/sync/sync_result.h"
#include "services/homeserver/sync/sync_token.h"
#include "services/homeserver/to_device/to_device_store.h"

namespace causeway::homeserver {

// Messages to a device in one answer.
inline constexpr int kToDevicePageMax = 100;
// Receipts in one answer: the newest.
inline constexpr int kReceiptPageMax = 5000;

// What /sync tells beside events. All must outlive whoever has these.
struct UpdateSources {
  NewsSource& log;  // The positions of the four stores.
  AccountDataStore& account_data;
  ReceiptStore& receipts;
  ToDeviceStore& to_device;
  DeviceKeyStore& device_keys;
  EphemeralCount& count;  // The positions of the next two.
  Typing& typing;
  Presence& presence;
};

// Works out what a client doesn't know yet of account data, receipts, messages
// to its device, keys, typing and presence.
// Source: https://spec.matrix.org/v1.17/client-server-api/#syncing
//
// Thread-safe. Calls block on the stores.
class UpdateReader {
 public:
  explicit UpdateReader(const UpdateSources& sources);

  // Where who knows all of it stands: nothing of messages to a device, which
  // are acknowledged by what is told. The place in the stream of events is left
  // open.
  absl::StatusOr<SyncPosition> End();

  // Adds it to `result`, which has the rooms already. A room that is new to the
  // user comes with all of it. Positions in `query.since` that haven't been
  // given are of something that has been lost, and count as none.
  absl::Status Read(const SyncQuery& query, SyncResult& result);

 private:
  const UpdateSources sources_;
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_SYNC_UPDATE_READER_H_
