#ifndef CAUSEWAY_SERVICES_HOMESERVER_WIRING_UPDATE_PARTS_H_
#define CAUSEWAY_SERVICES_HOMESERVER_WIRING_UPDATE_PARTS_H_

#include <functional>

#include "services/homeserver/account_data/postgres_account_data_store.h"
#include "services/homeserver/account_data/user_data.h"
#include "services/homeserver/device_keys/device_keys.h"
#include "services/homeserver/device_keys/postgres_device_key_store.h"
#include "services/homeserver/ephemeral/ephemeral_sink.h"
#include "services/homeserver/ephemeral/postgres_receipt_store.h"
#include "services/homeserver/ephemeral/receipts.h"
#include "services/homeserver/push_rules/push_rules.h"
#include "services/homeserver/rooms/room_history.h"
#include "services/homeserver/sync/update_reader.h"
#include "services/homeserver/to_device/device_messages.h"
#include "services/homeserver/to_device/postgres_to_device_store.h"
#include "services/homeserver/updates/postgres_update_log.h"
#include "services/homeserver/wiring/ephemeral_parts.h"
#include "services/shared/clock/clock.h"
#include "services/shared/postgres/pool.h"

namespace causeway::homeserver {

// What users are told beside events, and is kept.
struct UpdateParts {
  // `kept` is called when something has been stored, `published` when something
  // has been appended to the stream of events.
  UpdateParts(postgres::Pool& pool, EphemeralSink& sink, RoomHistory& history,
              const std::function<void()>& kept,
              std::function<void()> published, const Clock& clock);

  UpdateSources SourcesWith(EphemeralParts& ephemeral) {
    return {.log = log,
            .account_data = account_data,
            .receipts = receipt_store,
            .to_device = to_device,
            .device_keys = device_key_store,
            .count = ephemeral.count,
            .typing = ephemeral.typing,
            .presence = ephemeral.presence};
  }

  PostgresUpdateLog log;
  PostgresAccountDataStore account_data;
  PostgresReceiptStore receipt_store;
  PostgresToDeviceStore to_device;
  PostgresDeviceKeyStore device_key_store;
  UserData user_data;
  PushRules push_rules;
  DeviceKeys device_keys;
  DeviceMessages device_messages;
  Receipts receipts;
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_WIRING_UPDATE_PARTS_H_
