#ifndef CAUSEWAY_SERVICES_HOMESERVER_EPHEMERAL_EPHEMERAL_POSITION_H_
#define CAUSEWAY_SERVICES_HOMESERVER_EPHEMERAL_EPHEMERAL_POSITION_H_

#include <cstdint>

namespace causeway::homeserver {

// How much somebody knows of what lives in this process's memory alone, typing
// and presence: its changes up to `number`. What was known to another process,
// or before a restart, has another epoch and counts as nothing.
struct EphemeralPosition {
  int64_t epoch = 0;  // Positive, less than 2^53.
  int64_t number = 0;

  friend bool operator==(const EphemeralPosition&,
                         const EphemeralPosition&) = default;
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_EPHEMERAL_EPHEMERAL_POSITION_H_
