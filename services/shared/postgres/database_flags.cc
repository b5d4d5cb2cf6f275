#include "services/shared/postgres/database_flags.h"

#include "services/shared/postgres/conninfo.h"
#include "services/shared/server/checked_flags.h"

namespace causeway::postgres {

std::string ConninfoFromFlags(const absl::Flag<std::string>& database,
                              const absl::Flag<std::string>& password_file) {
  const std::string conninfo = server::Parsed(database, CheckedConninfo);
  return server::Parsed(password_file, [&](const std::string& file) {
    return WithPasswordFile(conninfo, file);
  });
}

}  // namespace causeway::postgres
