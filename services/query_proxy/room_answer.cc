#include "services/query_proxy/room_answer.h"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/matrix/event_view.h"
#include "services/shared/matrix/identifiers.h"
#include "services/shared/matrix/json.h"
#include "services/shared/status/status_macros.h"

namespace causeway::query {
namespace {

using matrix::Json;

absl::Status CheckLength(absl::string_view field, const std::string& text,
                         size_t bytes_max) {
  if (text.size() <= bytes_max) return absl::OkStatus();
  return matrix::BadJson(
      field, absl::StrCat("has ", text.size(), " bytes; at most ", bytes_max,
                          " are allowed"));
}

// The draft's `user_id`, or `sender` as later services call it.
absl::StatusOr<std::string> ParseSender(const Json& json) {
  const char* field = json.contains("user_id") ? "user_id" : "sender";
  if (!json.contains(field)) return matrix::MissingParam("user_id");
  CAUSEWAY_ASSIGN_OR_RETURN(std::string text, matrix::GetString(json, field));
  CAUSEWAY_ASSIGN_OR_RETURN(matrix::UserId user_id,
                            matrix::UserId::Parse(text, field));
  return user_id.str();
}

absl::StatusOr<std::string> ParseContent(const Json& json) {
  CAUSEWAY_ASSIGN_OR_RETURN(const Json* content,
                            matrix::GetObject(json, "content"));
  CAUSEWAY_RETURN_IF_ERROR(matrix::ValidateEventContent(*content));
  std::string text = matrix::DumpJson(*content);
  CAUSEWAY_RETURN_IF_ERROR(
      CheckLength("content", text, matrix::kEventBytesMax));
  return text;
}

absl::StatusOr<RoomEvent> ParseEvent(const Json& json, bool is_state) {
  if (!json.is_object()) return absl::InvalidArgumentError("is not an object");
  RoomEvent event;
  CAUSEWAY_ASSIGN_OR_RETURN(event.type, matrix::GetString(json, "type"));
  if (event.type.empty()) return matrix::BadJson("type", "is empty");
  CAUSEWAY_RETURN_IF_ERROR(
      CheckLength("type", event.type, matrix::kIdBytesMax));
  CAUSEWAY_ASSIGN_OR_RETURN(event.user_id, ParseSender(json));
  CAUSEWAY_ASSIGN_OR_RETURN(event.content_json, ParseContent(json));
  CAUSEWAY_ASSIGN_OR_RETURN(std::optional<int64_t> origin_server_ts,
                            matrix::GetOptionalInt(json, "origin_server_ts"));
  event.origin_server_ts = origin_server_ts.value_or(0);
  if (event.origin_server_ts < 0 ||
      event.origin_server_ts > matrix::kCanonicalIntMax) {
    return matrix::BadJson("origin_server_ts", "is out of range");
  }
  CAUSEWAY_ASSIGN_OR_RETURN(event.state_key,
                            matrix::GetOptionalString(json, "state_key"));
  if (is_state && !event.state_key.has_value()) {
    return matrix::MissingParam("state_key");
  }
  CAUSEWAY_RETURN_IF_ERROR(CheckLength(
      "state_key", event.state_key.value_or(""), matrix::kIdBytesMax));
  return event;
}

absl::StatusOr<std::vector<RoomEvent>> ParseEvents(absl::string_view field,
                                                   const Json* array,
                                                   bool is_state) {
  std::vector<RoomEvent> events;
  if (array == nullptr) return events;
  if (array->size() > kRoomAnswerEventsMax) {
    return matrix::BadJson(
        field, absl::StrCat("has ", array->size(), " events; at most ",
                            kRoomAnswerEventsMax, " are allowed"));
  }
  for (const Json& json : *array) {
    absl::StatusOr<RoomEvent> event = ParseEvent(json, is_state);
    if (!event.ok()) {
      return absl::InvalidArgumentError(absl::StrCat(
          field, "[", events.size(), "]: ", event.status().message()));
    }
    events.push_back(*std::move(event));
  }
  return events;
}

}  // namespace

absl::StatusOr<Answer> ParseRoomAnswer(absl::string_view body) {
  CAUSEWAY_ASSIGN_OR_RETURN(Json json, matrix::ParseObjectOrNothing(body));
  CAUSEWAY_ASSIGN_OR_RETURN(const Json* state,
                            matrix::GetOptionalArray(json, "state"));
  CAUSEWAY_ASSIGN_OR_RETURN(const Json* events,
                            matrix::GetOptionalArray(json, "events"));
  if (state == nullptr && events == nullptr) {
    return Answer{.outcome = Outcome::kLookAgain};
  }
  RoomContent content;
  CAUSEWAY_ASSIGN_OR_RETURN(content.state, ParseEvents("state", state, true));
  CAUSEWAY_ASSIGN_OR_RETURN(content.events,
                            ParseEvents("events", events, false));
  return Answer{
      .outcome = Outcome::kExistsCreate,
      .room = std::make_shared<const RoomContent>(std::move(content))};
}

}  // namespace causeway::query
