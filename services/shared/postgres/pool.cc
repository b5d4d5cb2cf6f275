#include "services/shared/postgres/pool.h"

#include <exception>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "services/shared/clock/clock.h"
#include "services/shared/postgres/sql_status.h"
#include "services/shared/status/status_macros.h"

namespace causeway::postgres {
namespace {

absl::Status NoConnectionFree(const Pool::Options& options) {
  return absl::UnavailableError(absl::StrCat(
      "no database connection became free within ",
      absl::FormatDuration(options.acquire_timeout),
      " (database_connections_max=", options.connections_max, ")"));
}

// One transaction. `begun` tells whether anything of it reached the database.
absl::Status RunOn(pqxx::connection& connection,
                   absl::FunctionRef<absl::Status(pqxx::work&)> body,
                   bool& begun) {
  begun = false;
  try {
    pqxx::work work(connection);
    begun = true;
    absl::Status status = body(work);
    if (status.ok()) {
      work.commit();
    } else {
      work.abort();
    }
    return status;
  } catch (const std::exception& exception) {
    absl::Status status = StatusFromException(exception);
    if (connection.is_open() ||
        status.code() == absl::StatusCode::kUnavailable) {
      return status;
    }
    // What is thrown when a connection breaks depends on where it was.
    return absl::UnavailableError(
        absl::StrCat("database connection lost: ", status.message()));
  }
}

// One statement.
absl::Status RunAloneOn(
    pqxx::connection& connection,
    absl::FunctionRef<absl::Status(pqxx::transaction_base&)> body) {
  try {
    pqxx::nontransaction work(connection);
    absl::Status status = body(work);
    work.commit();  // Only tells pqxx that this was all.
    return status;
  } catch (const std::exception& exception) {
    if (!connection.is_open()) return UnknownCommit();
    return StatusFromException(exception);
  }
}

}  // namespace

Pool::Pool(Options options, PoolMetrics* metrics)
    : options_(std::move(options)), metrics_(metrics) {
  if (metrics_ != nullptr) metrics_->PoolMade(options_.connections_max);
}

Pool::~Pool() = default;

absl::Status Pool::Run(absl::FunctionRef<absl::Status(pqxx::work&)> body) {
  CAUSEWAY_RETURN_IF_ERROR(BeginTransaction());
  absl::Cleanup end = [this] { EndTransaction(); };
  bool begun = false;
  std::unique_ptr<Connection> connection = TakeIdle();
  if (connection != nullptr) {
    absl::Status status = RunOn(connection->pqxx(), body, begun);
    if (begun || connection->pqxx().is_open()) {
      Keep(std::move(connection));
      return status;
    }
    // It died while it lay idle, and so have the others most likely.
    DropIdle();
  }
  CAUSEWAY_ASSIGN_OR_RETURN(connection, Connect());
  absl::Status status = RunOn(connection->pqxx(), body, begun);
  Keep(std::move(connection));
  return status;
}

absl::Status Pool::RunAlone(
    absl::FunctionRef<absl::Status(pqxx::transaction_base&)> body) {
  CAUSEWAY_RETURN_IF_ERROR(BeginTransaction());
  absl::Cleanup end = [this] { EndTransaction(); };
  return RunCounted(body);
}

absl::Status Pool::Read(
    absl::FunctionRef<absl::Status(pqxx::transaction_base&)> body) {
  CAUSEWAY_RETURN_IF_ERROR(BeginTransaction());
  absl::Cleanup end = [this] { EndTransaction(); };
  absl::Status status = RunCounted(body);
  if (!IsUnknownCommit(status)) return status;
  // The connection broke, and no kept one is left.
  status = RunCounted(body);
  if (!IsUnknownCommit(status)) return status;
  return absl::UnavailableError("the database connection broke while reading");
}

absl::Status Pool::RunCounted(
    absl::FunctionRef<absl::Status(pqxx::transaction_base&)> body) {
  std::unique_ptr<Connection> connection = TakeIdle();
  if (connection == nullptr) {
    CAUSEWAY_ASSIGN_OR_RETURN(connection, Connect());
  }
  absl::Status status = RunAloneOn(connection->pqxx(), body);
  // If it died, so have the others most likely.
  if (!connection->pqxx().is_open()) DropIdle();
  Keep(std::move(connection));
  return status;
}

absl::Status Pool::Check() {
  return Run([](pqxx::work& work) {
    work.exec("SELECT 1");
    return absl::OkStatus();
  });
}

absl::Status Pool::BeginTransaction() {
  const RealClock clock;
  const absl::Duration start = clock.MonotonicNow();
  {
    absl::MutexLock lock(&mu_);
    while (transaction_count_ >= options_.connections_max) {
      const absl::Duration left =
          start + options_.acquire_timeout - clock.MonotonicNow();
      if (left <= absl::ZeroDuration()) {
        if (metrics_ != nullptr) metrics_->AcquireFailed();
        return NoConnectionFree(options_);
      }
      ended_.WaitWithTimeout(&mu_, left);
    }
    ++transaction_count_;
  }
  if (metrics_ != nullptr) {
    metrics_->ConnectionAcquired(clock.MonotonicNow() - start);
  }
  return absl::OkStatus();
}

void Pool::EndTransaction() {
  if (metrics_ != nullptr) metrics_->ConnectionReleased();
  absl::MutexLock lock(&mu_);
  --transaction_count_;
  ended_.Signal();
}

std::unique_ptr<Connection> Pool::TakeIdle() {
  absl::MutexLock lock(&mu_);
  if (idle_.empty()) return nullptr;
  std::unique_ptr<Connection> connection = std::move(idle_.back());
  idle_.pop_back();
  return connection;
}

absl::StatusOr<std::unique_ptr<Connection>> Pool::Connect() const {
  try {
    auto connection =
        std::make_unique<Connection>(options_.conninfo, options_.session);
    for (const PreparedStatement& statement : options_.statements) {
      connection->pqxx().prepare(statement.name, statement.sql);
    }
    return connection;
  } catch (const std::exception& exception) {
    if (metrics_ != nullptr) metrics_->AcquireFailed();
    return StatusFromException(exception);
  }
}

void Pool::Keep(std::unique_ptr<Connection> connection) {
  if (!connection->pqxx().is_open()) return;
  absl::MutexLock lock(&mu_);
  idle_.push_back(std::move(connection));
}

void Pool::DropIdle() {
  // Closed outside of the lock: that talks to the server.
  std::vector<std::unique_ptr<Connection>> dropped;
  {
    absl::MutexLock lock(&mu_);
    dropped.swap(idle_);
  }
}

}  // namespace causeway::postgres
