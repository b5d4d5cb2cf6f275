#ifndef CAUSEWAY_SERVICES_SHARED_POSTGRES_CONNINFO_H_
#define CAUSEWAY_SERVICES_SHARED_POSTGRES_CONNINFO_H_

#include <string>

#include "absl/status/statusor.h"

namespace causeway::postgres {

// `conninfo` as it is. INVALID_ARGUMENT, telling what is wrong, when it is
// empty or neither a libpq connection string nor a URI. Does not connect: a
// wrong word would otherwise look like a database that is away, for which
// services wait.
absl::StatusOr<std::string> CheckedConninfo(std::string conninfo);

}  // namespace causeway::postgres

#endif  // CAUSEWAY_SERVICES_SHARED_POSTGRES_CONNINFO_H_
