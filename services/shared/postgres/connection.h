#ifndef CAUSEWAY_SERVICES_SHARED_POSTGRES_CONNECTION_H_
#define CAUSEWAY_SERVICES_SHARED_POSTGRES_CONNECTION_H_

#include <pqxx/pqxx>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace causeway::postgres {

// What every connection says to the server when it opens. The bounds make sure
// that a stuck statement, a lock, a process that was stopped in the middle of a
// transaction or a server whose machine has vanished cannot hold others up for
// ever.
struct SessionOptions {
  std::string application_name = "causeway";  // For pg_stat_activity.
  absl::Duration connect_timeout = absl::Seconds(5);
  // Over TCP: after so long without a sign of life of the server's machine the
  // connection is given up.
  absl::Duration silence_timeout = absl::Seconds(10);
  absl::Duration statement_timeout = absl::Seconds(30);
  absl::Duration lock_timeout = absl::Seconds(10);
  absl::Duration idle_in_transaction_timeout = absl::Seconds(60);
  // Others of PostgreSQL's, by name.
  std::vector<std::pair<std::string, std::string>> settings = {};
};

// A statement that a connection prepares when it is first used.
struct PreparedStatement {
  std::string name;
  std::string sql;
};

// An open connection with the session's settings. It stays what it is: once
// broken it is never revived behind the caller's back, because prepared state,
// settings and an open transaction would be gone.
//
// Thread-compatible.
class Connection {
 public:
  // Connects. Throws what pqxx throws.
  Connection(absl::string_view conninfo, const SessionOptions& session);

  pqxx::connection& pqxx() { return connection_; }

 private:
  pqxx::connection connection_;
  // Notices and errors come as exceptions; pqxx would print them as well.
  pqxx::quiet_errorhandler quiet_;
};

// `conninfo` with libpq's parameters for `connect_timeout` and
// `silence_timeout`, but for those that it has already.
std::string WithTimeouts(absl::string_view conninfo,
                         const SessionOptions& session);

}  // namespace causeway::postgres

#endif  // CAUSEWAY_SERVICES_SHARED_POSTGRES_CONNECTION_H_
