#ifndef CAUSEWAY_SERVICES_HOMESERVER_ROOMS_ROOM_STORE_CONTRACT_H_
#define CAUSEWAY_SERVICES_HOMESERVER_ROOMS_ROOM_STORE_CONTRACT_H_

#include <atomic>
#include <functional>
#include <memory>

#include "gtest/gtest.h"
#include "services/homeserver/rooms/room_history.h"
#include "services/homeserver/rooms/room_store.h"

namespace causeway::homeserver {

// Both sides of one set of rooms.
struct RoomStores {
  std::shared_ptr<RoomStore> store;
  std::shared_ptr<RoomHistory> history;
};

// What every RoomStore and its RoomHistory must do; see room_store_contract.cc.
// The parameter makes empty ones, and calls back after each commit.
using RoomStoresFactory =
    std::function<RoomStores(std::function<void()> committed)>;

class RoomStoreContract : public ::testing::TestWithParam<RoomStoresFactory> {
 protected:
  std::atomic<int> commit_count_ = 0;
  const RoomStores stores_ = GetParam()([this] { ++commit_count_; });
  RoomStore& store_ = *stores_.store;
  RoomHistory& history_ = *stores_.history;
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_ROOMS_ROOM_STORE_CONTRACT_H_
