#ifndef CAUSEWAY_SERVICES_HOMESERVER_ROOMS_ROOM_DIRECTORY_H_
#define CAUSEWAY_SERVICES_HOMESERVER_ROOMS_ROOM_DIRECTORY_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/homeserver/rooms/published_rooms.h"
#include "services/homeserver/rooms/room_history.h"
#include "services/homeserver/rooms/room_store.h"
#include "services/shared/matrix/identifiers.h"

namespace causeway::homeserver {

inline constexpr int kPublicRoomsLimitMax = 500;
inline constexpr size_t kSearchTermBytesMax = 255;
inline constexpr size_t kNetworkIdBytesMax = 255;
// How many rooms one call looks through for a search term.
inline constexpr int kSearchedRoomsMax = 5000;

// A room as a list shows it. Strings are empty for what the room doesn't have.
struct PublicRoom {
  std::string room_id;
  int64_t joined_count = 0;
  bool world_readable = false;
  bool guest_can_join = false;
  std::string name;
  std::string topic;
  std::string canonical_alias;
  std::string avatar_url;
  std::string join_rule;
  std::string room_type;
};

struct PublicRoomsQuery {
  // As in PublishedRoomsQuery.
  std::optional<std::string> list;
  std::optional<PublishedRoomsQuery::Place> after;
  std::optional<PublishedRoomsQuery::Place> before;  // Instead of `after`.
  int limit = 100;          // 1 to kPublicRoomsLimitMax.
  std::string search_term;  // Empty: all.
  // Only rooms of these types, of which the empty one is none. Empty: all.
  std::vector<std::string> room_types;
};

struct PublicRoomsPage {
  std::vector<PublicRoom> rooms;
  // The query's `after` and `before` of the pages beside it. Absent: there is
  // none.
  std::optional<PublishedRoomsQuery::Place> next;
  std::optional<PublishedRoomsQuery::Place> previous;
  int64_t room_count = 0;  // Of the whole list.
};

// The list that an application service has of the rooms of one of its networks.
// INVALID_ARGUMENT (M_INVALID_PARAM) for a network that can't be told apart.
absl::StatusOr<std::string> NetworkList(const std::string& appservice_id,
                                        const std::string& network_id);

// The lists of public rooms.
// Source: https://spec.matrix.org/v1.17/client-server-api/#published-room-directory
// Source: https://spec.matrix.org/v1.17/application-service-api/#publishing-rooms-to-the-published-room-directory
//
// Thread-safe. Calls block on the store.
class RoomDirectory {
 public:
  // All must outlive the directory.
  RoomDirectory(RoomStore& store, RoomHistory& history,
                PublishedRooms& published);

  // On the server's list for who may name the room; on a network's (which is
  // the caller's own) for who is in it, off it for anybody.
  // PERMISSION_DENIED (M_FORBIDDEN); NOT_FOUND (M_NOT_FOUND) if there is no
  // such room.
  absl::Status SetVisibility(const matrix::UserId& actor,
                             const matrix::RoomId& room_id,
                             const std::string& list, bool is_public);

  // Whether it is on the server's list. NOT_FOUND as above.
  absl::StatusOr<bool> IsPublic(const matrix::RoomId& room_id);

  absl::StatusOr<PublicRoomsPage> List(const PublicRoomsQuery& query);

 private:
  // Appends what `query` takes, beginning at `place`, which is moved to where
  // the search ended. Returns whether there may be more.
  absl::StatusOr<bool> Collect(const PublicRoomsQuery& query,
                               PublishedRoomsQuery& place,
                               std::vector<PublicRoom>& rooms);

  RoomStore& store_;
  RoomHistory& history_;
  PublishedRooms& published_;
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_ROOMS_ROOM_DIRECTORY_H_
