#include "services/homeserver/rooms/test_events.h"

#include <cstdlib>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "services/homeserver/rooms/event_appending.h"
#include "services/homeserver/rooms/event_auth.h"
#include "services/homeserver/rooms/event_types.h"
#include "services/homeserver/rooms/room_state.h"
#include "services/shared/matrix/json.h"
#include "services/shared/status/status_macros.h"

namespace causeway::homeserver {

matrix::UserId User(absl::string_view user_id) {
  return matrix::UserId::Parse(user_id).value();
}

matrix::RoomId Room(absl::string_view room_id) {
  return matrix::RoomId::Parse(room_id).value();
}

matrix::RoomAlias Alias(absl::string_view alias) {
  return matrix::RoomAlias::Parse(alias).value();
}

EventDraft Draft(absl::string_view sender, absl::string_view type,
                 std::optional<std::string> state_key,
                 absl::string_view content_json) {
  return MakeEventDraft(type, std::move(state_key), User(sender), content_json,
                        1421416883133)
      .value();
}

EventDraft Draft(absl::string_view sender, absl::string_view type,
                 absl::string_view content_json) {
  return Draft(sender, type, std::nullopt, content_json);
}

EventDraft MessageDraft(absl::string_view sender, absl::string_view body) {
  return Draft(sender, "m.room.message",
               absl::StrCat("{\"body\":\"", body, "\"}"));
}

EventDraft MemberDraft(absl::string_view sender, absl::string_view user_id,
                       absl::string_view membership) {
  return Draft(sender, kMemberType, std::string(user_id),
               absl::StrCat("{\"membership\":\"", membership, "\"}"));
}

std::string Append(RoomStore& store, absl::string_view room_id,
                   const EventDraft& draft) {
  absl::StatusOr<std::string> event_id = absl::UnknownError("not written");
  absl::Status written =
      store.Write([&](RoomTransaction& transaction) -> absl::Status {
        const matrix::RoomId room = Room(room_id);
        CAUSEWAY_ASSIGN_OR_RETURN(
            RoomState state, transaction.LoadState(room, AuthStateKeys(draft)));
        CAUSEWAY_ASSIGN_OR_RETURN(
            Event event, AppendReported(transaction, room, draft, state));
        event_id = event.event_id;
        return absl::OkStatus();
      });
  if (!written.ok()) event_id = written;
  return event_id.value();
}

void AppendRoom(RoomStore& store, absl::string_view room_id,
                absl::string_view creator,
                absl::string_view history_visibility) {
  Append(store, room_id,
         Draft(creator, kCreateType, "",
               absl::StrCat("{\"creator\":\"", creator, "\"}")));
  Append(store, room_id, MemberDraft(creator, creator, "join"));
  Append(store, room_id,
         Draft(creator, kJoinRulesType, "", R"({"join_rule":"public"})"));
  Append(store, room_id,
         Draft(creator, kHistoryVisibilityType, "",
               absl::StrCat("{\"history_visibility\":\"", history_visibility,
                            "\"}")));
}

void Forget(RoomStore& store, absl::string_view room_id,
            absl::string_view user_id) {
  const absl::Status written = store.Write([&](RoomTransaction& transaction) {
    transaction.ForgetRoom(Room(room_id), User(user_id));
    return absl::OkStatus();
  });
  if (!written.ok()) std::abort();
}

std::string BodyOf(absl::string_view event_json) {
  matrix::Json event = matrix::ParseObject(event_json).value();
  return matrix::GetString(event["content"], "body").value_or("");
}

}  // namespace causeway::homeserver
