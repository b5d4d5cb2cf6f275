#ifndef CAUSEWAY_SERVICES_HOMESERVER_SYNC_EVENT_FIELDS_H_
#define CAUSEWAY_SERVICES_HOMESERVER_SYNC_EVENT_FIELDS_H_

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "services/shared/matrix/json.h"

namespace causeway::homeserver {

inline constexpr size_t kEventFieldsMax = 100;

// Which parts of events a client wants: "content.body", say, is the field
// `body` in `content`. A dot in a name is written "\\.", and a backslash
// "\\\\".
// Source: https://spec.matrix.org/v1.17/client-server-api/#filtering
class EventFields {
 public:
  explicit EventFields(const std::vector<std::string>& fields);

  // What `event_json`, an object, has of them.
  std::string Pick(const std::string& event_json) const;

 private:
  std::vector<std::vector<std::string>> paths_;
};

// The `event_fields` of a filter; absent: all fields. INVALID_ARGUMENT
// (M_BAD_JSON, M_INVALID_PARAM) names the field and the bound.
absl::StatusOr<std::optional<EventFields>> ParseEventFields(
    const matrix::Json& filter);

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_SYNC_EVENT_FIELDS_H_
