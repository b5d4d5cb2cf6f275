#include "services/homeserver/rooms/event_appending.h"

#include "services/homeserver/rooms/event_auth.h"
#include "services/shared/status/status_macros.h"

namespace causeway::homeserver {

absl::StatusOr<Event> AppendIfAllowed(RoomTransaction& transaction,
                                      const matrix::RoomId& room_id,
                                      const EventDraft& draft,
                                      RoomState& state) {
  CAUSEWAY_RETURN_IF_ERROR(CheckEventAllowed(draft, state));
  return AppendReported(transaction, room_id, draft, state);
}

absl::StatusOr<Event> AppendReported(RoomTransaction& transaction,
                                     const matrix::RoomId& room_id,
                                     const EventDraft& draft,
                                     RoomState& state) {
  const Event* replaced = draft.state_key.has_value()
                              ? state.Find(draft.type, *draft.state_key)
                              : nullptr;
  CAUSEWAY_ASSIGN_OR_RETURN(Event event,
                            BuildEvent(draft, room_id, NewEventId(), replaced));
  transaction.AppendEvent(event);
  state.Apply(event);
  return event;
}

}  // namespace causeway::homeserver
