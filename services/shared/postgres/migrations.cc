#include "services/shared/postgres/migrations.h"

#include <algorithm>
#include <exception>
#include <map>
#include <pqxx/pqxx>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "services/shared/postgres/connection.h"
#include "services/shared/postgres/sql_status.h"
#include "services/shared/server/logging.h"
#include "services/shared/status/status_macros.h"

namespace causeway::postgres {
namespace {

constexpr absl::Duration kPauseMin = absl::Milliseconds(100);
constexpr absl::Duration kPauseMax = absl::Seconds(2);

// How long a migration waits for a lock. Whoever comes to the table meanwhile
// waits behind it, so it is well below what callers have patience for; and who
// reads for long, as a dump does, is waited for in the pauses.
constexpr absl::Duration kLockWaitMax = absl::Milliseconds(500);

// File name -> SHA-256 of what was applied, in hex.
using Applied = std::map<std::string, std::string, std::less<>>;

absl::Status NotAscending(const Migration& before, const Migration& after) {
  return absl::InvalidArgumentError(
      absl::StrCat("migration ", after.name, " is listed after ", before.name));
}

absl::Status Edited(absl::string_view name) {
  return absl::FailedPreconditionError(absl::StrCat(
      "migration ", name,
      " has been edited since it was applied; undo that and add a new file"));
}

absl::Status CheckOrder(absl::Span<const Migration> migrations) {
  for (size_t i = 1; i < migrations.size(); ++i) {
    if (migrations[i - 1].name >= migrations[i].name) {
      return NotAscending(migrations[i - 1], migrations[i]);
    }
  }
  return absl::OkStatus();
}

// Held until the connection closes: it spans transactions.
void LockSchema(pqxx::connection& connection, absl::string_view schema) {
  pqxx::nontransaction transaction(connection);
  transaction.exec_params("SELECT pg_advisory_lock(hashtextextended($1, 0))",
                          absl::StrCat("causeway migrations of ", schema));
}

Applied LoadApplied(pqxx::connection& connection, const std::string& table) {
  pqxx::work work(connection);
  work.exec(absl::StrCat(
      "CREATE TABLE IF NOT EXISTS ", table,
      " (name text PRIMARY KEY, sha256 text NOT NULL,"
      " apply_time timestamptz NOT NULL DEFAULT clock_timestamp())"));
  Applied applied;
  for (const pqxx::row& row :
       work.exec(absl::StrCat("SELECT name, sha256 FROM ", table))) {
    applied.emplace(row[0].as<std::string>(), row[1].as<std::string>());
  }
  work.commit();
  return applied;
}

// By the server, which has the function that we would need a library for.
std::string Sha256(pqxx::connection& connection, absl::string_view text) {
  pqxx::nontransaction transaction(connection);
  return transaction
      .exec_params1("SELECT encode(sha256(convert_to($1, 'UTF8')), 'hex')",
                    std::string(text))[0]
      .as<std::string>();
}

absl::Status Apply(pqxx::connection& connection, absl::string_view schema,
                   const std::string& table, const Migration& migration,
                   const std::string& sha256) {
  try {
    pqxx::work work(connection);
    // Whoever runs it: the file's tables belong into this schema.
    work.exec(absl::StrCat("SET LOCAL search_path TO ",
                           work.quote_name(std::string(schema)),
                           "; SET LOCAL lock_timeout TO ",
                           absl::ToInt64Milliseconds(kLockWaitMax)));
    work.exec(std::string(migration.sql));
    work.exec_params(
        absl::StrCat("INSERT INTO ", table, " (name, sha256) VALUES ($1, $2)"),
        std::string(migration.name), sha256);
    work.commit();
    return absl::OkStatus();
  } catch (const std::exception& exception) {
    absl::Status status = StatusFromException(exception);
    // A table that is missing here is no matter of waiting.
    const bool permanent =
        connection.is_open() && status.code() != absl::StatusCode::kAborted;
    return absl::Status(
        permanent ? absl::StatusCode::kInternal : status.code(),
        absl::StrCat("migration ", migration.name, ": ", status.message()));
  }
}

// Returns how many were applied.
absl::StatusOr<int> ApplyMissing(pqxx::connection& connection,
                                 absl::string_view schema,
                                 absl::Span<const Migration> migrations) {
  const std::string table = absl::StrCat(
      connection.quote_name(std::string(schema)), ".schema_migrations");
  LockSchema(connection, schema);
  const Applied applied = LoadApplied(connection, table);
  int applied_count = 0;
  for (const Migration& migration : migrations) {
    const std::string sha256 = Sha256(connection, migration.sql);
    auto it = applied.find(std::string(migration.name));
    if (it == applied.end()) {
      CAUSEWAY_RETURN_IF_ERROR(
          Apply(connection, schema, table, migration, sha256));
      ++applied_count;
    } else if (it->second != sha256) {
      return Edited(migration.name);
    }
  }
  return applied_count;
}

bool WorthWaiting(const absl::Status& status) {
  return status.code() == absl::StatusCode::kUnavailable ||
         status.code() == absl::StatusCode::kAborted;
}

}  // namespace

absl::Status Migrate(absl::string_view conninfo, absl::string_view schema,
                     absl::Span<const Migration> migrations) {
  CAUSEWAY_RETURN_IF_ERROR(CheckOrder(migrations));
  try {
    // An index on a large table takes its time.
    Connection connection(
        conninfo,
        {.application_name = absl::StrCat("causeway migrations of ", schema),
         .statement_timeout = absl::InfiniteDuration()});
    CAUSEWAY_ASSIGN_OR_RETURN(
        const int applied_count,
        ApplyMissing(connection.pqxx(), schema, migrations));
    log::Info("schema is up to date",
              {{"schema", schema}, {"applied_now", applied_count}});
    return absl::OkStatus();
  } catch (const std::exception& exception) {
    return StatusFromException(exception);
  }
}

absl::Status WaitUntilMigrated(absl::string_view conninfo,
                               absl::string_view schema,
                               absl::Span<const Migration> migrations,
                               const absl::Notification& stop) {
  absl::Status logged;
  for (absl::Duration pause = kPauseMin;;
       pause = std::min(2 * pause, kPauseMax)) {
    absl::Status status = Migrate(conninfo, schema, migrations);
    if (!WorthWaiting(status)) return status;
    if (status != logged) {
      log::Warning("cannot migrate the schema yet, waiting",
                   {{"schema", schema}, {"error", status}});
      logged = status;
    }
    if (stop.WaitForNotificationWithTimeout(pause)) {
      return absl::CancelledError(
          "asked to stop before the schema was migrated");
    }
  }
}

}  // namespace causeway::postgres
