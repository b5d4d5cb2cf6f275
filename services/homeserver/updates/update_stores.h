#ifndef CAUSEWAY_SERVICES_HOMESERVER_UPDATES_UPDATE_STORES_H_
#define CAUSEWAY_SERVICES_HOMESERVER_UPDATES_UPDATE_STORES_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "services/homeserver/account_data/account_data_store.h"
#include "services/homeserver/device_keys/device_key_store.h"
#include "services/homeserver/ephemeral/receipt_store.h"
#include "services/homeserver/news/news_source.h"
#include "services/homeserver/rooms/room_history.h"
#include "services/homeserver/rooms/room_store.h"
#include "services/homeserver/to_device/to_device_store.h"

namespace causeway::homeserver {

// The stores that share the updates' positions, with what they stand on: the
// users @alice:hs and @bob:hs; of alice's the devices PHONE and TABLET. All
// pass update_store_contract.cc.
struct UpdateStores {
  NewsSource* log = nullptr;
  AccountDataStore* account_data = nullptr;
  ReceiptStore* receipts = nullptr;
  ToDeviceStore* to_device = nullptr;
  DeviceKeyStore* device_keys = nullptr;
  RoomStore* rooms = nullptr;
  RoomHistory* history = nullptr;
  // The messages to devices that the stream of events has, in order.
  std::function<std::vector<std::string>()> published_to_device;
  std::function<void(const std::string& device_id)> end_device_of_alice;
  std::shared_ptr<void> owner;
};

using UpdateStoresFactory = std::function<UpdateStores()>;

class UpdateStoreContract
    : public ::testing::TestWithParam<UpdateStoresFactory> {
 protected:
  const UpdateStores stores_ = GetParam()();
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_UPDATES_UPDATE_STORES_H_
