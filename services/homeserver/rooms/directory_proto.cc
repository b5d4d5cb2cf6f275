#include "services/homeserver/rooms/directory_proto.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/matrix/identifiers.h"
#include "services/shared/status/status_macros.h"

namespace causeway::homeserver {
namespace {

using Place = PublishedRoomsQuery::Place;

constexpr int kLimitDefault = 100;
constexpr size_t kListBytesMax = 512;

// A token that goes back.
constexpr char kBefore[] = "b";

// "<members>_<room ID>".
std::string FormatPlace(const Place& place) {
  return absl::StrCat(place.joined_count, "_", place.room_id);
}

absl::StatusOr<Place> ParsePlace(absl::string_view token) {
  const std::pair<std::string, std::string> parts =
      absl::StrSplit(token, absl::MaxSplits('_', 1));
  Place place;
  if (!absl::SimpleAtoi(parts.first, &place.joined_count) ||
      !matrix::RoomId::Parse(parts.second).ok()) {
    return matrix::InvalidParam("since", "not a token of this server");
  }
  place.room_id = parts.second;
  return place;
}

}  // namespace

absl::StatusOr<PublicRoomsQuery> PublicRoomsQueryFromProto(
    const v1::ListPublicRoomsRequest& proto) {
  if (proto.limit() < 0) {
    return matrix::InvalidParam("limit", "must not be negative");
  }
  if (proto.search_term().size() > kSearchTermBytesMax) {
    return matrix::InvalidParam(
        "generic_search_term",
        absl::StrCat("must have at most ", kSearchTermBytesMax, " bytes"));
  }
  const std::string& list = proto.third_party_instance_id();
  if (list.size() > kListBytesMax || absl::StrContains(list, '\0')) {
    return matrix::InvalidParam("third_party_instance_id", "not one of ours");
  }
  PublicRoomsQuery query;
  // All of them include the one.
  if (!proto.include_all_networks()) query.list = list;
  absl::string_view since = proto.since();
  if (absl::ConsumePrefix(&since, kBefore)) {
    CAUSEWAY_ASSIGN_OR_RETURN(query.before, ParsePlace(since));
  } else if (!since.empty()) {
    CAUSEWAY_ASSIGN_OR_RETURN(query.after, ParsePlace(since));
  }
  query.limit = proto.limit() == 0
                    ? kLimitDefault
                    : std::min<int>(proto.limit(), kPublicRoomsLimitMax);
  query.search_term = proto.search_term();
  query.room_types.assign(proto.room_types().begin(), proto.room_types().end());
  return query;
}

v1::ListPublicRoomsResponse PublicRoomsPageToProto(PublicRoomsPage page) {
  v1::ListPublicRoomsResponse proto;
  for (PublicRoom& room : page.rooms) {
    v1::ListPublicRoomsResponse::PublicRoom& listed = *proto.add_rooms();
    listed.set_room_id(std::move(room.room_id));
    listed.set_joined_member_count(room.joined_count);
    listed.set_world_readable(room.world_readable);
    listed.set_guest_can_join(room.guest_can_join);
    listed.set_name(std::move(room.name));
    listed.set_topic(std::move(room.topic));
    listed.set_canonical_alias(std::move(room.canonical_alias));
    listed.set_avatar_url(std::move(room.avatar_url));
    listed.set_join_rule(std::move(room.join_rule));
    listed.set_room_type(std::move(room.room_type));
  }
  if (page.next.has_value()) proto.set_next_batch(FormatPlace(*page.next));
  if (page.previous.has_value()) {
    proto.set_prev_batch(absl::StrCat(kBefore, FormatPlace(*page.previous)));
  }
  proto.set_room_count(page.room_count);
  return proto;
}

}  // namespace causeway::homeserver
