#include "services/homeserver/rooms/redaction.h"

#include <cstdint>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "services/homeserver/rooms/event.h"
#include "services/homeserver/rooms/event_types.h"
#include "services/shared/matrix/identifiers.h"
#include "services/shared/matrix/json.h"
#include "services/shared/status/status_macros.h"

namespace causeway::homeserver {
namespace {

using matrix::Json;

// The parts that an event is serialised from.
struct Parts {
  std::string event_id;
  std::string room_id;
  EventDraft draft;
  Json unsigned_data;  // Null: none.
};

absl::StatusOr<Parts> TakeApart(const std::string& stored_json) {
  CAUSEWAY_ASSIGN_OR_RETURN(Event event, ParseStoredEvent(stored_json));
  CAUSEWAY_ASSIGN_OR_RETURN(matrix::UserId sender,
                            matrix::UserId::Parse(event.sender));
  const Json json = Json::parse(stored_json, nullptr,
                                /*allow_exceptions=*/false);
  return Parts{
      .event_id = std::move(event.event_id),
      .room_id = std::move(event.room_id),
      .draft = {.type = std::move(event.type),
                .state_key = std::move(event.state_key),
                .sender = std::move(sender),
                .content_json = std::move(event.content_json),
                .origin_server_ts = json.value("origin_server_ts", int64_t{0}),
                .redacts = json.value("redacts", std::string())},
      .unsigned_data = json.value("unsigned", Json())};
}

absl::Status CannotBeRead() {
  return absl::InternalError("a stored event can't be read");
}

// What stays of the content of an event of `type`.
std::vector<const char*> KeptFields(absl::string_view type) {
  if (type == kMemberType) {
    return {"membership", "join_authorised_via_users_server"};
  }
  if (type == kCreateType) return {"creator"};
  if (type == kJoinRulesType) return {"join_rule", "allow"};
  if (type == kPowerLevelsType) {
    return {"ban",    "events",        "events_default", "kick",
            "redact", "state_default", "users",          "users_default"};
  }
  if (type == kHistoryVisibilityType) return {"history_visibility"};
  return {};
}

absl::StatusOr<std::string> StripContent(absl::string_view type,
                                         const std::string& content_json) {
  absl::StatusOr<Json> content = matrix::ParseObject(content_json);
  if (!content.ok()) return CannotBeRead();
  Json kept = Json::object();
  for (const char* field : KeptFields(type)) {
    auto found = content->find(field);
    if (found != content->end()) kept[field] = *found;
  }
  return matrix::DumpJson(kept);
}

}  // namespace

absl::StatusOr<std::string> RedactedEvent(const std::string& stored_json,
                                          const std::string& because_json) {
  absl::StatusOr<Parts> parts = TakeApart(stored_json);
  if (!parts.ok()) return CannotBeRead();
  EventDraft& draft = parts->draft;
  CAUSEWAY_ASSIGN_OR_RETURN(draft.content_json,
                            StripContent(draft.type, draft.content_json));
  draft.redacts.clear();
  return SerialiseEvent(
      draft, parts->room_id, parts->event_id,
      absl::StrCat("{\"redacted_because\":", because_json, "}"));
}

absl::StatusOr<std::string> WithRedactedPredecessor(
    const std::string& stored_json, const std::string& redacted_json) {
  absl::StatusOr<Parts> parts = TakeApart(stored_json);
  absl::StatusOr<Event> predecessor = ParseStoredEvent(redacted_json);
  if (!parts.ok() || !predecessor.ok()) return CannotBeRead();
  // Not there when it has been redacted itself.
  if (!parts->unsigned_data.contains("prev_content")) return stored_json;
  CAUSEWAY_ASSIGN_OR_RETURN(parts->unsigned_data["prev_content"],
                            matrix::ParseObject(predecessor->content_json));
  return SerialiseEvent(parts->draft, parts->room_id, parts->event_id,
                        matrix::DumpJson(parts->unsigned_data));
}

}  // namespace causeway::homeserver
