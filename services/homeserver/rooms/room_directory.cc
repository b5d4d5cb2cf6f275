#include "services/homeserver/rooms/room_directory.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "services/homeserver/rooms/event_types.h"
#include "services/homeserver/rooms/membership.h"
#include "services/homeserver/rooms/naming_power.h"
#include "services/homeserver/rooms/room_state.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/matrix/utf8.h"
#include "services/shared/status/status_macros.h"

namespace causeway::homeserver {
namespace {

using Place = PublishedRoomsQuery::Place;

// How many rooms are fetched at once, when many may be left out.
constexpr int kSearchBatch = 250;

absl::Status NoSuchRoom(const matrix::RoomId& room_id) {
  return matrix::NotFound(absl::StrCat("room ", matrix::Quote(room_id.str())));
}

absl::Status CheckMayPublish(RoomTransaction& transaction,
                             const matrix::UserId& actor,
                             const matrix::RoomId& room_id,
                             const std::string& list, bool is_public) {
  if (list == kServerList) {
    CAUSEWAY_ASSIGN_OR_RETURN(bool allowed,
                              MayNameRoom(transaction, room_id, actor));
    if (allowed) return absl::OkStatus();
    return matrix::Forbidden(
        "a room is listed by who may set its canonical alias");
  }
  if (!is_public) return absl::OkStatus();
  CAUSEWAY_ASSIGN_OR_RETURN(
      RoomState state,
      transaction.LoadState(room_id, {{kMemberType, actor.str()}}));
  if (state.MembershipOf(actor.str()) == Membership::kJoin) {
    return absl::OkStatus();
  }
  return matrix::Forbidden(absl::StrCat(actor.str(), " is not in the room"));
}

PublicRoom Describe(const PublishedRoom& room) {
  const RoomState& state = room.state;
  return {
      .room_id = room.room_id,
      .joined_count = room.joined_count,
      .world_readable =
          state.StringOf(kHistoryVisibilityType, "history_visibility") ==
          "world_readable",
      .guest_can_join =
          state.StringOf(kGuestAccessType, "guest_access") == "can_join",
      .name = state.StringOf(kNameType, "name"),
      .topic = state.StringOf(kTopicType, "topic"),
      .canonical_alias = state.StringOf(kCanonicalAliasType, "alias"),
      .avatar_url = state.StringOf(kAvatarType, "url"),
      .join_rule = state.JoinRule(),
      .room_type = state.StringOf(kCreateType, "type"),
  };
}

Place PlaceOf(const PublicRoom& room) {
  return {.joined_count = room.joined_count, .room_id = room.room_id};
}

// A query's conditions, in the form in which rooms are held against them.
class Search {
 public:
  explicit Search(const PublicRoomsQuery& query)
      : term_(absl::AsciiStrToLower(query.search_term)),
        room_types_(query.room_types) {}

  bool takes_all() const { return term_.empty() && room_types_.empty(); }

  bool Takes(const PublicRoom& room) const {
    const bool has_type =
        room_types_.empty() || std::find(room_types_.begin(), room_types_.end(),
                                         room.room_type) != room_types_.end();
    return has_type && (term_.empty() || Holds(room.name) ||
                        Holds(room.topic) || Holds(room.canonical_alias));
  }

 private:
  bool Holds(const std::string& text) const {
    return absl::StrContains(absl::AsciiStrToLower(text), term_);
  }

  const std::string term_;
  const std::vector<std::string>& room_types_;
};

}  // namespace

absl::StatusOr<std::string> NetworkList(const std::string& appservice_id,
                                        const std::string& network_id) {
  // What stands behind the last `|` is the network.
  if (network_id.empty() || network_id.size() > kNetworkIdBytesMax ||
      absl::StrContains(network_id, '|') ||
      absl::StrContains(network_id, '\0')) {
    return matrix::InvalidParam(
        "networkId", absl::StrCat("must have 1 to ", kNetworkIdBytesMax,
                                  " bytes, without `|` and U+0000"));
  }
  return absl::StrCat(appservice_id, "|", network_id);
}

RoomDirectory::RoomDirectory(RoomStore& store, RoomHistory& history,
                             PublishedRooms& published)
    : store_(store), history_(history), published_(published) {}

absl::Status RoomDirectory::SetVisibility(const matrix::UserId& actor,
                                          const matrix::RoomId& room_id,
                                          const std::string& list,
                                          bool is_public) {
  return store_.Write([&](RoomTransaction& transaction) -> absl::Status {
    CAUSEWAY_ASSIGN_OR_RETURN(bool exists, transaction.RoomExists(room_id));
    if (!exists) return NoSuchRoom(room_id);
    CAUSEWAY_RETURN_IF_ERROR(
        CheckMayPublish(transaction, actor, room_id, list, is_public));
    transaction.SetPublished(list, room_id, is_public);
    return absl::OkStatus();
  });
}

absl::StatusOr<bool> RoomDirectory::IsPublic(const matrix::RoomId& room_id) {
  CAUSEWAY_ASSIGN_OR_RETURN(
      std::optional<StoredEvent> create,
      history_.StateEventAt(room_id.str(), {kCreateType, ""}, kPositionMax));
  if (!create.has_value()) return NoSuchRoom(room_id);
  return published_.IsPublished(kServerList, room_id.str());
}

absl::StatusOr<PublicRoomsPage> RoomDirectory::List(
    const PublicRoomsQuery& query) {
  PublicRoomsPage page;
  CAUSEWAY_ASSIGN_OR_RETURN(page.room_count, published_.Count(query.list));
  PublishedRoomsQuery place = {.list = query.list,
                               .after = query.after,
                               .limit = 0,
                               .before = query.before};
  CAUSEWAY_ASSIGN_OR_RETURN(const bool has_more,
                            Collect(query, place, page.rooms));
  if (query.before.has_value()) {
    std::reverse(page.rooms.begin(), page.rooms.end());
    if (has_more) page.previous = place.before;
    page.next = page.rooms.empty() ? place.before : PlaceOf(page.rooms.back());
    return page;
  }
  if (has_more) page.next = place.after;
  if (query.after.has_value()) {
    page.previous =
        page.rooms.empty() ? query.after : PlaceOf(page.rooms.front());
  }
  return page;
}

absl::StatusOr<bool> RoomDirectory::Collect(const PublicRoomsQuery& query,
                                            PublishedRoomsQuery& place,
                                            std::vector<PublicRoom>& rooms) {
  const Search search(query);
  // One more than asked for tells whether there is more.
  place.limit = search.takes_all() ? query.limit + 1 : kSearchBatch;
  std::optional<Place>& reached =
      query.before.has_value() ? place.before : place.after;
  for (int searched = 0; searched < kSearchedRoomsMax;
       searched += place.limit) {
    CAUSEWAY_ASSIGN_OR_RETURN(std::vector<PublishedRoom> batch,
                              published_.List(place));
    for (const PublishedRoom& room : batch) {
      PublicRoom described = Describe(room);
      if (search.Takes(described)) {
        if (rooms.size() == static_cast<size_t>(query.limit)) return true;
        rooms.push_back(std::move(described));
      }
      reached =
          Place{.joined_count = room.joined_count, .room_id = room.room_id};
    }
    if (batch.size() < static_cast<size_t>(place.limit)) return false;
  }
  return true;
}

}  // namespace causeway::homeserver
