#ifndef CAUSEWAY_SERVICES_HOMESERVER_ROOMS_TEST_EVENTS_H_
#define CAUSEWAY_SERVICES_HOMESERVER_ROOMS_TEST_EVENTS_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "services/homeserver/rooms/event.h"
#include "services/homeserver/rooms/room_store.h"
#include "services/shared/matrix/identifiers.h"

// Short ways to say, in tests, who did what. All of these end the test binary
// when something doesn't parse or can't be written.
namespace causeway::homeserver {

matrix::UserId User(absl::string_view user_id);
matrix::RoomId Room(absl::string_view room_id);
matrix::RoomAlias Alias(absl::string_view alias);

EventDraft Draft(absl::string_view sender, absl::string_view type,
                 std::optional<std::string> state_key,
                 absl::string_view content_json);
EventDraft Draft(absl::string_view sender, absl::string_view type,
                 absl::string_view content_json);
// m.room.message with `body`, which needs no escaping.
EventDraft MessageDraft(absl::string_view sender, absl::string_view body);
// m.room.member.
EventDraft MemberDraft(absl::string_view sender, absl::string_view user_id,
                       absl::string_view membership);

// Writes `draft` without asking the room's rules; the event's ID.
std::string Append(RoomStore& store, absl::string_view room_id,
                   const EventDraft& draft);
// A public room that `creator` has made and is in: four events.
void AppendRoom(RoomStore& store, absl::string_view room_id,
                absl::string_view creator,
                absl::string_view history_visibility = "shared");

// As RoomTransaction::ForgetRoom().
void Forget(RoomStore& store, absl::string_view room_id,
            absl::string_view user_id);

// `content.body` of an event.
std::string BodyOf(absl::string_view event_json);

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_ROOMS_TEST_EVENTS_H_
