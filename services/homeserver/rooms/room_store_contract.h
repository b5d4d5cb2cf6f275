#ifndef CAUSEWAY_SERVICES_HOMESERVER_ROOMS_ROOM_STORE_CONTRACT_H_
#define CAUSEWAY_SERVICES_HOMESERVER_ROOMS_ROOM_STORE_CONTRACT_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "services/homeserver/rooms/event.h"
#include "services/homeserver/rooms/published_rooms.h"
#include "services/homeserver/rooms/room_history.h"
#include "services/homeserver/rooms/room_store.h"

namespace causeway::homeserver {

// All sides of one set of rooms.
struct RoomStores {
  std::shared_ptr<RoomStore> store;
  std::shared_ptr<RoomHistory> history;
  std::shared_ptr<PublishedRooms> published;
};

// What every RoomStore must do, with its RoomHistory and PublishedRooms; see
// room_store_contract.cc and room_store_{state,search,changes}_contract.cc. The
// parameter makes empty ones, and calls back after each commit.
using RoomStoresFactory =
    std::function<RoomStores(std::function<void()> committed)>;

class RoomStoreContract : public ::testing::TestWithParam<RoomStoresFactory> {
 protected:
  std::atomic<int> commit_count_ = 0;
  const RoomStores stores_ = GetParam()([this] { ++commit_count_; });
  RoomStore& store_ = *stores_.store;
  RoomHistory& history_ = *stores_.history;
  PublishedRooms& published_ = *stores_.published;
};

// m.room.topic by @alice:hs, with `topic` as its body.
EventDraft Topic(const std::string& topic);

std::vector<std::string> BodiesOf(const std::vector<StoredEvent>& events);

// Of events or records.
template <typename Placed>
std::vector<int64_t> PositionsOf(const std::vector<Placed>& all) {
  std::vector<int64_t> positions;
  for (const Placed& one : all) positions.push_back(one.position);
  return positions;
}

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_ROOMS_ROOM_STORE_CONTRACT_H_
