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
    : connection_(WithTimeouts(conninfo, session)), quiet_(connection_) {
// Deprecated because pqxx 7 does without: there, no connection revives itself.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
  connection_.inhibit_reactivation(true);
#pragma GCC diagnostic pop
  pqxx::nontransaction setup(connection_);
  setup.exec(SessionSql(connection_, session));
}

std::string WithTimeouts(absl::string_view conninfo,
                         const SessionOptions& session) {
  const bool is_uri = absl::StartsWith(conninfo, "postgresql://") ||
                      absl::StartsWith(conninfo, "postgres://");
  std::string result(conninfo);
  auto add = [&](absl::string_view name, int64_t value) {
    if (absl::StrContains(conninfo, name)) return;
    absl::string_view separator = " ";
    if (is_uri) separator = absl::StrContains(result, "?") ? "&" : "?";
    absl::StrAppend(&result, separator, name, "=", value);
  };
  // libpq takes whole seconds, and 1 for 2.
  add("connect_timeout",
      std::max<int64_t>(2, absl::ToInt64Seconds(session.connect_timeout)));
  // Of what is sent, and of probes when there is nothing to send: the first
  // after half the time, then one a second.
  add("tcp_user_timeout", TimeoutMs(session.silence_timeout));
  add("keepalives_idle",
      std::max<int64_t>(1, absl::ToInt64Seconds(session.silence_timeout / 2)));
  add("keepalives_interval", 1);
  return result;
}

}  // namespace causeway::postgres
