#include "services/shared/matrix/event_view.h"

#include <simdjson.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/status/status_macros.h"

namespace causeway::matrix {
namespace {

namespace dom = simdjson::dom;

// As json.h's bound.
constexpr int kDepthMax = 100;

absl::string_view ToAbsl(std::string_view text) {
  return absl::string_view(text.data(), text.size());
}

// The fields as they were found. simdjson says of an unset element nothing
// useful, hence the optionals.
struct Found {
  std::optional<dom::element> event_id;
  std::optional<dom::element> room_id;
  std::optional<dom::element> type;
  std::optional<dom::element> sender;
  std::optional<dom::element> state_key;
  std::optional<dom::element> origin_server_ts;
  std::optional<dom::element> content;
  bool has_user_id = false;
};

// One pass over the event's own keys.
Found FindFields(dom::object event) {
  Found found;
  for (dom::key_value_pair field : event) {
    std::optional<dom::element>* place = nullptr;
    if (field.key == "event_id") {
      place = &found.event_id;
    } else if (field.key == "room_id") {
      place = &found.room_id;
    } else if (field.key == "type") {
      place = &found.type;
    } else if (field.key == "sender") {
      place = &found.sender;
    } else if (field.key == "state_key") {
      place = &found.state_key;
    } else if (field.key == "origin_server_ts") {
      place = &found.origin_server_ts;
    } else if (field.key == "content") {
      place = &found.content;
    } else if (field.key == "user_id") {
      found.has_user_id = true;
    }
    if (place != nullptr && !place->has_value()) *place = field.value;
  }
  return found;
}

absl::Status ReadString(const std::optional<dom::element>& found,
                        absl::string_view field, absl::string_view& text) {
  if (!found.has_value()) return BadJson(field, "missing");
  std::string_view value;
  if (found->get(value) != simdjson::SUCCESS) {
    return BadJson(field, "expected a string");
  }
  text = ToAbsl(value);
  return absl::OkStatus();
}

absl::Status ReadName(const std::optional<dom::element>& found,
                      absl::string_view field, absl::string_view& text) {
  CAUSEWAY_RETURN_IF_ERROR(ReadString(found, field, text));
  if (text.empty()) return BadJson(field, "is empty");
  return absl::OkStatus();
}

absl::Status ReadMembership(const std::optional<dom::element>& content,
                            std::optional<absl::string_view>& membership) {
  dom::object object;
  std::string_view value;
  if (!content.has_value() || content->get(object) != simdjson::SUCCESS) {
    return BadJson("content", "expected an object");
  }
  if (object["membership"].get(value) != simdjson::SUCCESS || value.empty()) {
    return BadJson("content.membership", "expected a string, not empty");
  }
  membership = ToAbsl(value);
  return absl::OkStatus();
}

absl::Status FillView(const Found& found, EventView& view) {
  CAUSEWAY_RETURN_IF_ERROR(ReadName(found.event_id, "event_id", view.event_id));
  CAUSEWAY_RETURN_IF_ERROR(ReadName(found.room_id, "room_id", view.room_id));
  CAUSEWAY_RETURN_IF_ERROR(ReadName(found.type, "type", view.type));
  CAUSEWAY_RETURN_IF_ERROR(ReadName(found.sender, "sender", view.sender));
  if (found.state_key.has_value()) {
    CAUSEWAY_RETURN_IF_ERROR(
        ReadString(found.state_key, "state_key", view.state_key.emplace()));
  }
  if (!found.origin_server_ts.has_value()) {
    return BadJson("origin_server_ts", "missing");
  }
  if (found.origin_server_ts->get(view.origin_server_ts) != simdjson::SUCCESS) {
    return BadJson("origin_server_ts", "expected an integer");
  }
  view.has_user_id = found.has_user_id;
  if (view.type == "m.room.member") {
    return ReadMembership(found.content, view.membership);
  }
  return absl::OkStatus();
}

}  // namespace

struct EventParser::Buffers {
  dom::parser parser;  // Grows to the largest event seen.
};

EventParser::EventParser() : buffers_(std::make_unique<Buffers>()) {
  // The depth stays when it grows. Out of memory shows again when parsing.
  [[maybe_unused]] const simdjson::error_code error =
      buffers_->parser.allocate(kEventBytesMax, kDepthMax);
}
EventParser::~EventParser() = default;
EventParser::EventParser(EventParser&&) noexcept = default;
EventParser& EventParser::operator=(EventParser&&) noexcept = default;

absl::StatusOr<EventView> EventParser::Parse(absl::string_view json) {
  if (json.size() > kServedEventBytesMax) {
    return TooLarge("the event", kServedEventBytesMax);
  }
  if (json.empty()) return NotJson(0, "no event");
  dom::element root;
  const simdjson::error_code error =
      buffers_->parser.parse(json.data(), json.size()).get(root);
  if (error != simdjson::SUCCESS) {
    return MakeError(absl::StatusCode::kInvalidArgument, "M_NOT_JSON",
                     absl::StrCat("the event is not JSON: ",
                                  simdjson::error_message(error)));
  }
  dom::object event;
  if (root.get(event) != simdjson::SUCCESS) {
    return MakeError(absl::StatusCode::kInvalidArgument, "M_BAD_JSON",
                     "the event is not an object");
  }
  EventView view;
  view.json = json;
  CAUSEWAY_RETURN_IF_ERROR(FillView(FindFields(event), view));
  return view;
}

}  // namespace causeway::matrix
