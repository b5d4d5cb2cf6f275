#include "services/shared/postgres/connection.h"

#include <algorithm>
#include <cstdint>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace causeway::postgres {
namespace {

// As PostgreSQL wants a timeout: milliseconds, 0 for none.
int64_t TimeoutMs(absl::Duration timeout) {
  if (timeout == absl::InfiniteDuration()) return 0;
  return std::max<int64_t>(1, absl::ToInt64Milliseconds(timeout));
}

std::string SessionSql(pqxx::connection& connection,
                       const SessionOptions& session) {
  std::string sql = absl::StrCat(
      "SET application_name TO ", connection.quote(session.application_name),
      "; SET client_encoding TO 'UTF8'; SET TIME ZONE 'UTC'",
      "; SET statement_timeout TO ", TimeoutMs(session.statement_timeout),
      "; SET lock_timeout TO ", TimeoutMs(session.lock_timeout),
      "; SET idle_in_transaction_session_timeout TO ",
      TimeoutMs(session.idle_in_transaction_timeout));
  for (const auto& [name, value] : session.settings) {
    absl::StrAppend(&sql, "; SET ", connection.quote_name(name), " TO ",
                    connection.quote(value));
  }
  return sql;
}

}  // namespace

Connection::Connection(absl::string_view conninfo,
                       const SessionOptions& session)
    : connection_(WithConnectTimeout(conninfo, session.connect_timeout)),
      quiet_(connection_) {
// Deprecated because pqxx 7 does without: there, no connection revives itself.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
  connection_.inhibit_reactivation(true);
#pragma GCC diagnostic pop
  pqxx::nontransaction setup(connection_);
  setup.exec(SessionSql(connection_, session));
}

std::string WithConnectTimeout(absl::string_view conninfo,
                               absl::Duration connect_timeout) {
  if (absl::StrContains(conninfo, "connect_timeout")) {
    return std::string(conninfo);
  }
  // libpq takes whole seconds, and 1 for 2.
  const int64_t seconds =
      std::max<int64_t>(2, absl::ToInt64Seconds(connect_timeout));
  absl::string_view separator = " ";
  if (absl::StartsWith(conninfo, "postgresql://") ||
      absl::StartsWith(conninfo, "postgres://")) {
    separator = absl::StrContains(conninfo, "?") ? "&" : "?";
  }
  return absl::StrCat(conninfo, separator, "connect_timeout=", seconds);
}

}  // namespace causeway::postgres
