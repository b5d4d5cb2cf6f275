#ifndef CAUSEWAY_SERVICES_HOMESERVER_ACCOUNTS_SQL_VALUES_H_
#define CAUSEWAY_SERVICES_HOMESERVER_ACCOUNTS_SQL_VALUES_H_

#include <pqxx/pqxx>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

// Our types as pqxx takes them for parameters. For the stores of this folder.
namespace causeway::homeserver {

// A bytea.
inline pqxx::binarystring SqlBytes(absl::string_view bytes) {
  return pqxx::binarystring(bytes.data(), bytes.size());
}

// A timestamptz.
inline std::string SqlTime(absl::Time time) {
  return absl::FormatTime(absl::RFC3339_full, time, absl::UTCTimeZone());
}

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_ACCOUNTS_SQL_VALUES_H_
