#include "services/homeserver/rooms/event.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/matrix/event_view.h"
#include "services/shared/matrix/json.h"
#include "services/shared/matrix/token.h"
#include "services/shared/matrix/utf8.h"
#include "services/shared/status/status_macros.h"

namespace causeway::homeserver {
namespace {

using matrix::Json;

// The content stands inside the event, and two levels down in the one that
// replaces it, and whoever reads those counts from the outside.
constexpr int kContentDepthMax = matrix::kJsonDepthMax - 2;

// Stands before the content, so that it is the first of its kind in an event:
// in a string there would be a backslash before the quotes.
constexpr absl::string_view kTimestampField = ",\"origin_server_ts\":";

std::string JsonString(absl::string_view text) {
  return matrix::DumpJson(Json(std::string(text)));
}

// The database's text holds any UTF-8 but U+0000.
absl::Status CheckText(absl::string_view field, absl::string_view text) {
  if (!matrix::IsValidUtf8(text) || absl::StrContains(text, '\0')) {
    return matrix::InvalidParam(field, "must be UTF-8 without U+0000");
  }
  return absl::OkStatus();
}

// The fields that count towards the limit, without the closing brace.
std::string SerialiseHead(const EventDraft& draft, absl::string_view room_id,
                          absl::string_view event_id) {
  std::string json = absl::StrCat("{\"event_id\":", JsonString(event_id),
                                  ",\"room_id\":", JsonString(room_id),
                                  ",\"type\":", JsonString(draft.type));
  if (draft.state_key.has_value()) {
    absl::StrAppend(&json, ",\"state_key\":", JsonString(*draft.state_key));
  }
  absl::StrAppend(&json, ",\"sender\":", JsonString(draft.sender.str()));
  if (!draft.redacts.empty()) {
    absl::StrAppend(&json, ",\"redacts\":", JsonString(draft.redacts));
  }
  absl::StrAppend(&json, kTimestampField, draft.origin_server_ts,
                  ",\"content\":", draft.content_json);
  return json;
}

// Adds what doesn't count to `head`, which is SerialiseHead()'s.
std::string Close(std::string head, const EventDraft& draft,
                  absl::string_view unsigned_json) {
  absl::StrAppend(&head, ",\"user_id\":", JsonString(draft.sender.str()));
  if (!unsigned_json.empty()) {
    absl::StrAppend(&head, ",\"unsigned\":", unsigned_json);
  }
  head.push_back('}');
  return head;
}

// Arrays and objects inside each other.
int DepthOf(const Json& value) {
  if (!value.is_structured()) return 0;
  int depth = 0;
  for (const Json& element : value) depth = std::max(depth, DepthOf(element));
  return depth + 1;
}

// What was checked when it came in. Null when it can't have been.
Json ParseOwnJson(const std::string& json) {
  return Json::parse(json, nullptr, /*allow_exceptions=*/false);
}

// The field as it stands in something that we wrote ourselves.
absl::StatusOr<std::string> StoredString(const Json& event, const char* field) {
  absl::StatusOr<std::string> value = matrix::GetString(event, field);
  if (!value.ok()) {
    return absl::InternalError(absl::StrCat("a stored event lacks ", field));
  }
  return value;
}

}  // namespace

absl::StatusOr<EventDraft> MakeEventDraft(absl::string_view type,
                                          std::optional<std::string> state_key,
                                          const matrix::UserId& sender,
                                          absl::string_view content_json,
                                          int64_t origin_server_ts) {
  if (type.empty() || type.size() > kEventTypeBytesMax) {
    return matrix::InvalidParam(
        "type", absl::StrCat("must have 1 to ", kEventTypeBytesMax, " bytes"));
  }
  if (state_key.has_value() && state_key->size() > kStateKeyBytesMax) {
    return matrix::InvalidParam(
        "state_key",
        absl::StrCat("must have at most ", kStateKeyBytesMax, " bytes"));
  }
  CAUSEWAY_RETURN_IF_ERROR(CheckText("type", type));
  CAUSEWAY_RETURN_IF_ERROR(CheckText("state_key", state_key.value_or("")));
  if (content_json.size() > matrix::kEventBytesMax) {
    return matrix::TooLarge("the event", matrix::kEventBytesMax);
  }
  CAUSEWAY_ASSIGN_OR_RETURN(Json content, matrix::ParseObject(content_json));
  CAUSEWAY_RETURN_IF_ERROR(matrix::ValidateEventContent(content));
  if (DepthOf(content) > kContentDepthMax) {
    return matrix::BadJson(
        "content", absl::StrCat("nested deeper than ", kContentDepthMax));
  }
  return EventDraft{.type = std::string(type),
                    .state_key = std::move(state_key),
                    .sender = sender,
                    .content_json = matrix::DumpJson(content),
                    .origin_server_ts = origin_server_ts};
}

std::string SerialiseEvent(const EventDraft& draft, absl::string_view room_id,
                           absl::string_view event_id,
                           absl::string_view unsigned_json) {
  return Close(SerialiseHead(draft, room_id, event_id), draft, unsigned_json);
}

std::string NewEventId() {
  return absl::StrCat("$", matrix::RandomBase64UrlToken());
}

absl::StatusOr<Event> BuildEvent(const EventDraft& draft,
                                 const matrix::RoomId& room_id,
                                 absl::string_view event_id,
                                 const Event* replaced) {
  std::string head = SerialiseHead(draft, room_id.str(), event_id);
  if (head.size() + 1 > matrix::kEventBytesMax) {
    return matrix::TooLarge("the event", matrix::kEventBytesMax);
  }
  std::string unsigned_json;
  if (replaced != nullptr) {
    unsigned_json =
        absl::StrCat("{\"replaces_state\":", JsonString(replaced->event_id),
                     ",\"prev_content\":", replaced->content_json,
                     ",\"prev_sender\":", JsonString(replaced->sender), "}");
  }
  return Event{.event_id = std::string(event_id),
               .room_id = room_id.str(),
               .type = draft.type,
               .sender = draft.sender.str(),
               .state_key = draft.state_key,
               .content_json = draft.content_json,
               .json = Close(std::move(head), draft, unsigned_json)};
}

absl::StatusOr<Event> ParseStoredEvent(std::string json) {
  const Json parsed = ParseOwnJson(json);
  if (!parsed.is_object()) {
    return absl::InternalError("a stored event isn't a JSON object");
  }
  Event event;
  CAUSEWAY_ASSIGN_OR_RETURN(event.event_id, StoredString(parsed, "event_id"));
  CAUSEWAY_ASSIGN_OR_RETURN(event.room_id, StoredString(parsed, "room_id"));
  CAUSEWAY_ASSIGN_OR_RETURN(event.type, StoredString(parsed, "type"));
  CAUSEWAY_ASSIGN_OR_RETURN(event.sender, StoredString(parsed, "sender"));
  if (parsed.contains("state_key")) {
    CAUSEWAY_ASSIGN_OR_RETURN(event.state_key,
                              StoredString(parsed, "state_key"));
  }
  auto content = parsed.find("content");
  if (content == parsed.end()) {
    return absl::InternalError("a stored event lacks content");
  }
  event.content_json = matrix::DumpJson(*content);
  event.json = std::move(json);
  return event;
}

// Works on the bytes, as SerialiseEvent() writes them: it is done for each
// event that is read.
std::string ToClientForm(const std::string& stored_json,
                         const ClientForm& form) {
  const absl::string_view json = stored_json;
  const size_t field = json.find(kTimestampField);
  if (field == absl::string_view::npos) return stored_json;
  int64_t sent_ms = 0;
  std::from_chars(json.data() + field + kTimestampField.size(),
                  json.data() + json.size(), sent_ms);
  // Application services may say that something happened tomorrow.
  const int64_t age_ms =
      std::max<int64_t>(0, absl::ToUnixMillis(form.now) - sent_ms);
  std::string told = absl::StrCat("\"age\":", age_ms);
  if (!form.txn_id.empty()) {
    absl::StrAppend(&told, ",\"transaction_id\":", JsonString(form.txn_id));
  }
  // `unsigned` is the last field, if it is there; else a string is.
  if (absl::EndsWith(json, "}}")) {
    return absl::StrCat(json.substr(0, json.size() - 2), ",", told, "}}");
  }
  return absl::StrCat(json.substr(0, json.size() - 1), ",\"unsigned\":{", told,
                      "}}");
}

std::string ToStrippedState(const Event& event) {
  return absl::StrCat("{\"type\":", JsonString(event.type), ",\"state_key\":",
                      JsonString(event.state_key.value_or("")),
                      ",\"sender\":", JsonString(event.sender),
                      ",\"content\":", event.content_json, "}");
}

}  // namespace causeway::homeserver
