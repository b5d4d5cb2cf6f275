#ifndef CAUSEWAY_SERVICES_SHARED_POSTGRES_DATABASE_FLAGS_H_
#define CAUSEWAY_SERVICES_SHARED_POSTGRES_DATABASE_FLAGS_H_

#include <string>

#include "absl/flags/flag.h"

namespace causeway::postgres {

// The connection string that a service's --database has, with the password that
// its --database_password_file holds. Ends the process with 2, naming the flag,
// when one is bad (conninfo.h).
std::string ConninfoFromFlags(const absl::Flag<std::string>& database,
                              const absl::Flag<std::string>& password_file);

}  // namespace causeway::postgres

#endif  // CAUSEWAY_SERVICES_SHARED_POSTGRES_DATABASE_FLAGS_H_
