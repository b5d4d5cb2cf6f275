#ifndef CAUSEWAY_SERVICES_HOMESERVER_PUSH_RULES_DEFAULT_PUSH_RULES_H_
#define CAUSEWAY_SERVICES_HOMESERVER_PUSH_RULES_DEFAULT_PUSH_RULES_H_

#include "services/shared/matrix/identifiers.h"
#include "services/shared/matrix/json.h"

namespace causeway::homeserver {

// The rules that a user has who hasn't changed any, by kind: those of the
// newest version of the specification that the server names to clients, which
// still has the ones about names in texts.
// Source: https://spec.matrix.org/v1.11/client-server-api/#predefined-rules
matrix::Json DefaultPushRules(const matrix::UserId& user_id);

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_PUSH_RULES_DEFAULT_PUSH_RULES_H_
