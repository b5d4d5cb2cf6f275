#include "services/shared/postgres/sql_status.h"

#include <pqxx/except>
#include <string>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"

namespace causeway::postgres {
namespace {

constexpr char kUnknownCommitPayloadUrl[] = "causeway/unknown_commit";

// What PostgreSQL's own codes mean to us; those not listed are INTERNAL. pqxx
// has exceptions for some of them only.
// Source: https://www.postgresql.org/docs/15/errcodes-appendix.html
struct Row {
  absl::string_view sqlstate;  // The whole code, or its first two characters.
  absl::StatusCode code;
};
using enum absl::StatusCode;
constexpr Row kRows[] = {
    {"08", kUnavailable},       // Connection exception.
    {"23505", kAlreadyExists},  // Unique violation.
    {"25006", kUnavailable},    // Read-only: a standby that is no primary yet.
    {"3F000", kUnavailable},    // No such schema: deploy/ has not made it yet.
    {"40", kAborted},           // Serialization failure, deadlock.
    {"42703", kUnavailable},    // No such column: not migrated yet.
    {"42P01", kUnavailable},    // No such table: the same.
    {"53", kUnavailable},  // Disk full, out of memory, too many connections.
    {"55P03", kAborted},   // lock_timeout.
    {"57014", kDeadlineExceeded},  // statement_timeout.
    {"57P01", kUnavailable},       // The server stops, or killed the session.
    {"57P02", kUnavailable},       // The server crashed.
    {"57P03", kUnavailable},       // The server starts.
    {"57P05", kUnavailable},       // Idle session timeout.
};

absl::StatusCode CodeOf(absl::string_view sqlstate) {
  // Not the server's error but the client library's: it had no answer.
  if (sqlstate.empty()) return kUnavailable;
  for (const Row& row : kRows) {
    if (sqlstate == row.sqlstate || sqlstate.substr(0, 2) == row.sqlstate) {
      return row.code;
    }
  }
  return kInternal;
}

// The first line alone: DETAIL and CONTEXT quote values, which may be
// anybody's.
std::string FirstLine(absl::string_view message) {
  message = message.substr(0, message.find('\n'));
  absl::ConsumePrefix(&message, "ERROR:  ");
  absl::ConsumePrefix(&message, "FATAL:  ");
  return std::string(message);
}

}  // namespace

absl::Status StatusFromException(const std::exception& exception) {
  const std::string message = FirstLine(exception.what());
  if (dynamic_cast<const pqxx::in_doubt_error*>(&exception) != nullptr) {
    return UnknownCommit();
  }
  if (dynamic_cast<const pqxx::broken_connection*>(&exception) != nullptr) {
    return absl::UnavailableError(absl::StrCat("database: ", message));
  }
  if (const auto* sql = dynamic_cast<const pqxx::sql_error*>(&exception)) {
    return absl::Status(CodeOf(sql->sqlstate()),
                        absl::StrCat("database: ", message));
  }
  // In pqxx 6 these three are no sql_error and carry no code.
  if (dynamic_cast<const pqxx::transaction_rollback*>(&exception) != nullptr) {
    return absl::AbortedError(absl::StrCat("database: ", message));
  }
  return absl::InternalError(
      absl::StrCat("unexpected exception in a transaction: ", message));
}

absl::Status UnknownCommit() {
  absl::Status status = absl::UnavailableError(
      "the database connection broke during COMMIT; outcome unknown");
  status.SetPayload(kUnknownCommitPayloadUrl, absl::Cord("1"));
  return status;
}

bool IsUnknownCommit(const absl::Status& status) {
  return status.GetPayload(kUnknownCommitPayloadUrl).has_value();
}

}  // namespace causeway::postgres
