#ifndef CAUSEWAY_SERVICES_HOMESERVER_ACCOUNTS_DEPARTURE_LISTENER_H_
#define CAUSEWAY_SERVICES_HOMESERVER_ACCOUNTS_DEPARTURE_LISTENER_H_

#include "absl/status/status.h"
#include "services/shared/matrix/identifiers.h"

namespace causeway::homeserver {

// Is told which users end. The rooms implement it: nobody is in a room who
// isn't there any more.
//
// Thread-safe. Calls may block.
class DepartureListener {
 public:
  virtual ~DepartureListener() = default;

  // Called before the user is deactivated, and again when a client repeats
  // itself after an error, which goes to the client.
  virtual absl::Status UserDeparts(const matrix::UserId& user_id) = 0;
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_ACCOUNTS_DEPARTURE_LISTENER_H_
