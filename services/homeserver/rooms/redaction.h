#ifndef CAUSEWAY_SERVICES_HOMESERVER_ROOMS_REDACTION_H_
#define CAUSEWAY_SERVICES_HOMESERVER_ROOMS_REDACTION_H_

#include <string>

#include "absl/status/statusor.h"

// What is left of events that have been redacted. Pure.
// Source: https://spec.matrix.org/v1.17/rooms/v10/#redactions
namespace causeway::homeserver {

// `stored_json` as it is served since `because_json`, the stored
// m.room.redaction: of its content there is only what the room's rules need,
// and `unsigned` tells the redaction alone. INTERNAL when it can't be read.
absl::StatusOr<std::string> RedactedEvent(const std::string& stored_json,
                                          const std::string& because_json);

// `stored_json`, of the event that took the place of one that is now
// `redacted_json`: it repeats nothing that the redaction took away. INTERNAL
// when it can't be read.
absl::StatusOr<std::string> WithRedactedPredecessor(
    const std::string& stored_json, const std::string& redacted_json);

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_ROOMS_REDACTION_H_
