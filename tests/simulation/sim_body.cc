#include "tests/simulation/sim_body.h"

#include <cstddef>
#include <cstdint>
#include <optional>

#include "absl/strings/strip.h"
#include "services/push_dispatcher/core/transaction_body.h"

namespace causeway::push::simulation {
namespace {

// What stands in the array that `body` begins with, if it is the one of this
// name. No item has a bracket.
std::optional<absl::string_view> TakeArray(absl::string_view name,
                                           absl::string_view& body) {
  absl::string_view rest = body;
  if (!absl::ConsumePrefix(&rest, name)) return std::nullopt;
  const size_t end = rest.find(']');
  if (end == absl::string_view::npos) return std::nullopt;
  body = rest.substr(end + 1);
  absl::ConsumePrefix(&body, ",");
  return rest.substr(0, end);
}

// The same of one that stands there under two names. Empty: it isn't there.
absl::string_view TakeArrays(absl::string_view name, absl::string_view old_name,
                             absl::string_view& body, std::string& flaw) {
  const auto items = TakeArray(name, body);
  if (!items.has_value()) return {};
  if (TakeArray(old_name, body) != items) flaw = "the old name has others";
  return *items;
}

int64_t TakeNumber(absl::string_view text, size_t& at) {
  int64_t number = 0;
  for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at) {
    number = number * 10 + (text[at] - '0');
  }
  return number;
}

std::vector<StreamEvent> ParseItems(absl::string_view items, bool to_device,
                                    std::string& flaw) {
  std::vector<StreamEvent> events;
  for (size_t at = items.find('"'); at != absl::string_view::npos;) {
    ++at;
    StreamEvent event;
    event.stream = static_cast<int32_t>(TakeNumber(items, at));
    ++at;  // The colon.
    event.position = TakeNumber(items, at);
    events.push_back(event);
    if ((items.substr(at, 1) == kToDeviceMark) != to_device) {
      flaw = "an event among messages, or a message among events";
    }
    at = items.find('"', at);  // The end of this one.
    at = items.find('"', at + 1);
  }
  return events;
}

}  // namespace

SimBody ParseSimBody(absl::string_view body) {
  SimBody parsed;
  absl::ConsumePrefix(&body, "{");
  const auto event_items = TakeArray(kEventsArray, body);
  if (!event_items.has_value()) {
    parsed.flaw = "it has no events";
    return parsed;
  }
  const std::vector<StreamEvent> events =
      ParseItems(*event_items, false, parsed.flaw);
  parsed.has_ephemeral =
      !TakeArrays(kEphemeralArray, kOldEphemeralArray, body, parsed.flaw)
           .empty();
  const std::vector<StreamEvent> messages = ParseItems(
      TakeArrays(kToDeviceArray, kOldToDeviceArray, body, parsed.flaw), true,
      parsed.flaw);
  // A stream that diverges goes on as one of a higher number, so this is their
  // order.
  size_t e = 0;
  size_t m = 0;
  while (e < events.size() || m < messages.size()) {
    const bool event_next =
        m == messages.size() || (e < events.size() && events[e] < messages[m]);
    parsed.events.push_back(event_next ? events[e++] : messages[m++]);
  }
  parsed.events_alone = events;
  parsed.messages = messages;
  return parsed;
}

}  // namespace causeway::push::simulation
