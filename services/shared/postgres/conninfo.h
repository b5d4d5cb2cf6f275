#ifndef CAUSEWAY_SERVICES_SHARED_POSTGRES_CONNINFO_H_
#define CAUSEWAY_SERVICES_SHARED_POSTGRES_CONNINFO_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace causeway::postgres {

// `conninfo` as it is. INVALID_ARGUMENT, telling what is wrong, when it is
// empty or neither a libpq connection string nor a URI. Does not connect: a
// wrong word would otherwise look like a database that is away, for which
// services wait.
absl::StatusOr<std::string> CheckedConninfo(std::string conninfo);

// The checked `conninfo` with the password that the file holds as its only
// line; as it is if `password_file` is empty. libpq's own passfile can't be
// what an orchestrator mounts: it must not be readable by a group.
// NOT_FOUND, PERMISSION_DENIED, INVALID_ARGUMENT: the message names the file
// and what is wrong, never what it holds.
absl::StatusOr<std::string> WithPasswordFile(absl::string_view conninfo,
                                             const std::string& password_file);

}  // namespace causeway::postgres

#endif  // CAUSEWAY_SERVICES_SHARED_POSTGRES_CONNINFO_H_
