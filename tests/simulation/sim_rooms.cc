#include "tests/simulation/sim_rooms.h"

#include <cstddef>

#include "absl/strings/str_cat.h"
#include "services/shared/matrix/token.h"
#include "tests/simulation/sim_body.h"

namespace causeway::push::simulation {
namespace {

constexpr int64_t kPaddingMax = 60;
constexpr int64_t kUsersPerAppservice = 2;

uint32_t Bit(int64_t index) { return uint32_t{1} << index; }

}  // namespace

std::shared_ptr<SourceRecord> SimRooms::Draw(const StreamEvent& event,
                                             Chance& chance,
                                             bool with_aliases) {
  auto record = std::make_shared<SourceRecord>();
  EventFacts& facts = record->facts;
  PublishedRecord& published = record->published;
  record->event = event;
  facts.room = static_cast<int32_t>(chance.Below(kRoomCount));
  const Room& room = rooms_[static_cast<size_t>(facts.room)];
  published.room_id = absl::StrCat("!r", facts.room, ":s");
  published.kind = PublishedRecord::Kind::kEvent;
  published.sender = "@person:s";
  const auto k = static_cast<int32_t>(chance.Below(kAppserviceCount));
  const int64_t user = chance.Below(kUsersPerAppservice);
  const std::string user_id = absl::StrCat("@as", k, "_u", user, ":s");
  const int64_t what = chance.Below(10);
  if (what < 2) {
    facts.member_appservice = k;
    facts.member = Bit(user);
    published.member = user_id;
    published.joined = (room.users[static_cast<size_t>(k)] & facts.member) == 0;
  } else if (what == 2 && with_aliases) {
    facts.delivered = false;
    facts.alias = Bit(k);
    published.kind = (room.aliases & facts.alias) == 0
                         ? PublishedRecord::Kind::kAliasAdded
                         : PublishedRecord::Kind::kAliasRemoved;
    published.room_alias = absl::StrCat("#as", k, "_a:s");
  } else if (what < 5) {
    facts.sender_appservice = k;
    published.sender = user_id;
  } else if (what == 5) {
    facts.to_appservice = k;
    published.kind = PublishedRecord::Kind::kToDevice;
    published.to_user_id = user_id;
  }
  Enter(*record);
  record->json = absl::StrCat(
      "{\"", event.stream, ":", event.position,
      facts.to_appservice >= 0 ? kToDeviceMark : "",
      std::string(static_cast<size_t>(chance.Below(kPaddingMax)), 'x'), "\"}");
  published.event_json = record->json;
  published.sha256 = matrix::Sha256(record->json);
  return record;
}

void SimRooms::Enter(SourceRecord& record) {
  EventFacts& facts = record.facts;
  Room& room = rooms_[static_cast<size_t>(facts.room)];
  facts.aliases_before = room.aliases;
  facts.joined_before = 0;
  for (int32_t k = 0; k < kAppserviceCount; ++k) {
    if (room.users[static_cast<size_t>(k)] != 0) facts.joined_before |= Bit(k);
  }
  if (facts.member_appservice >= 0) {
    uint32_t& users = room.users[static_cast<size_t>(facts.member_appservice)];
    users =
        record.published.joined ? users | facts.member : users & ~facts.member;
  }
  room.aliases = record.published.kind == PublishedRecord::Kind::kAliasAdded
                     ? room.aliases | facts.alias
                     : room.aliases & ~facts.alias;
}

}  // namespace causeway::push::simulation
