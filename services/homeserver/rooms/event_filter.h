#ifndef CAUSEWAY_SERVICES_HOMESERVER_ROOMS_EVENT_FILTER_H_
#define CAUSEWAY_SERVICES_HOMESERVER_ROOMS_EVENT_FILTER_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "services/homeserver/rooms/event.h"
#include "services/shared/matrix/json.h"

namespace causeway::homeserver {

// Which events of one kind a client wants. What is absent takes all, an empty
// list nothing.
// Source: https://spec.matrix.org/v1.17/client-server-api/#filtering
struct EventFilter {
  // `*` stands for any characters.
  std::optional<std::vector<std::string>> types = std::nullopt;
  std::vector<std::string> not_types = {};
  std::optional<std::vector<std::string>> senders = std::nullopt;
  std::vector<std::string> not_senders = {};
  std::optional<std::vector<std::string>> rooms = std::nullopt;
  std::vector<std::string> not_rooms = {};
  // Whether `content.url` has to be a string, or mustn't be.
  std::optional<bool> contains_url = std::nullopt;
  // Of the members of a room only those that the events are by.
  bool lazy_load_members = false;

  bool TakesRoom(absl::string_view room_id) const;
  // What has no `content.url`, whatever room it is of.
  bool Takes(absl::string_view type, absl::string_view sender) const;
  // Whatever room it is of.
  bool TakesEvent(const Event& event) const;
  // Whether it takes everything, rooms apart.
  bool takes_all() const;
  // Whether it takes nothing.
  bool takes_nothing() const;

 private:
  bool TakesFrom(absl::string_view type, absl::string_view sender) const;
};

// `filter` is a RoomEventFilter or an EventFilter of the specification. Its
// `limit` is left to the caller. INVALID_ARGUMENT (M_BAD_JSON) names the field;
// what isn't known is ignored.
absl::StatusOr<EventFilter> EventFilterFromJson(const matrix::Json& filter);
// The same of text, which may be empty for none; M_NOT_JSON too.
absl::StatusOr<EventFilter> ParseEventFilter(absl::string_view filter_json);

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_ROOMS_EVENT_FILTER_H_
