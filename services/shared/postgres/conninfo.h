#ifndef CAUSEWAY_SERVICES_SHARED_POSTGRES_CONNINFO_H_
#define CAUSEWAY_SERVICES_SHARED_POSTGRES_CONNINFO_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace causeway::postgres {

// INVALID_ARGUMENT, telling what is wrong, when `conninfo` is neither a libpq
// connection string nor a URI. Does not connect: a wrong word would otherwise
// look like a database that is away, for which services wait.
absl::Status CheckConninfo(absl::string_view conninfo);

}  // namespace causeway::postgres

#endif  // CAUSEWAY_SERVICES_SHARED_POSTGRES_CONNINFO_H_
