#ifndef CAUSEWAY_SERVICES_HOMESERVER_PRINCIPAL_H_
#define CAUSEWAY_SERVICES_HOMESERVER_PRINCIPAL_H_

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "services/shared/matrix/identifiers.h"

namespace causeway::homeserver {

// A person, by an access token of this server; or a virtual user, by one that
// its application service got for it.
struct Person {
  matrix::UserId user_id;
  std::string device_id;
  std::string access_token_sha256;  // 32 bytes.
  // The application service that acts as this person, linked by the draft's
  // `user_token`. Empty: the person acts directly.
  std::string linked_appservice_uid;
  // The application service that got the token, which is good for as long as
  // that is registered and may act as the user. Empty: the person logged in.
  std::string token_appservice_uid = "";
};

// An application service, by its as_token.
struct AppserviceCaller {
  std::string uid;
  // Whom it asserts to be, still unchecked. Absent: its own user.
  std::optional<matrix::UserId> asserted_user_id = std::nullopt;
  // As which device of that user. Empty: as none.
  std::string device_id = "";
};

// Who asks, as the gateway found out; what they may do is decided by
// authorization.h and nowhere else.
struct Principal {
  std::variant<Person, AppserviceCaller> actor;
  // The registry's revision that the gateway authenticated against.
  int64_t registry_revision = 0;
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_PRINCIPAL_H_
