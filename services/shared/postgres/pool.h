#ifndef CAUSEWAY_SERVICES_SHARED_POSTGRES_POOL_H_
#define CAUSEWAY_SERVICES_SHARED_POSTGRES_POOL_H_

#include <memory>
#include <pqxx/pqxx>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "services/shared/postgres/connection.h"
#include "services/shared/postgres/pool_metrics.h"

namespace causeway::postgres {

// Connections to one database, lent to one transaction at a time.
//
// A transaction runs once: the pool never repeats a body, since only the caller
// knows whether that is right. The exception is a kept connection that turns
// out to be dead when its transaction begins (the server was restarted):
// nothing has run yet, so a new connection takes its place unnoticed.
//
// Thread-safe. Calls block, so they belong on the executor.
class Pool {
 public:
  struct Options {
    // libpq connection string or URI.
    std::string conninfo = "";
    int connections_max = 8;
    // How long a transaction waits for a connection to become free.
    absl::Duration acquire_timeout = absl::Seconds(5);
    SessionOptions session = {};
    // Prepared on each connection when first used: work.exec_prepared(name,
    // ...).
    std::vector<PreparedStatement> statements = {};
  };

  // Does not connect yet. `metrics` may be null and must outlive the pool.
  explicit Pool(Options options, PoolMetrics* metrics = nullptr);
  // No transaction may be running.
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  // Runs `body` in a transaction: committed if it returns OK, else rolled back.
  // `body` need not catch what pqxx throws. Returns the status of `body`, or
  //   UNAVAILABLE  no connection became free (names connections_max), the
  //                database is away, or the connection broke; nothing was
  //                committed, unless IsUnknownCommit(status) (sql_status.h)
  //   and what else StatusFromException() makes of exceptions.
  absl::Status Run(absl::FunctionRef<absl::Status(pqxx::work&)> body)
      ABSL_LOCKS_EXCLUDED(mu_);

  // As Run(), for a body that executes one statement, which then is a
  // transaction by itself: one round trip instead of three. Whatever `body`
  // returns, the statement isn't undone. If the connection breaks the outcome
  // is unknown, always (IsUnknownCommit), also that of a kept connection that
  // was dead already.
  absl::Status RunAlone(
      absl::FunctionRef<absl::Status(pqxx::transaction_base&)> body)
      ABSL_LOCKS_EXCLUDED(mu_);

  // As RunAlone(), for a statement that only reads: it may be repeated, and is
  // when a kept connection was dead. So nothing is ever unknown.
  absl::Status Read(
      absl::FunctionRef<absl::Status(pqxx::transaction_base&)> body)
      ABSL_LOCKS_EXCLUDED(mu_);

  // Whether the database answers, for readiness.
  absl::Status Check() ABSL_LOCKS_EXCLUDED(mu_);

 private:
  // Waits until fewer than `connections_max` transactions run, and counts one
  // in.
  absl::Status BeginTransaction() ABSL_LOCKS_EXCLUDED(mu_);
  void EndTransaction() ABSL_LOCKS_EXCLUDED(mu_);

  // RunAlone() within a transaction that is counted.
  absl::Status RunCounted(
      absl::FunctionRef<absl::Status(pqxx::transaction_base&)> body)
      ABSL_LOCKS_EXCLUDED(mu_);

  // A kept connection, or null when there is none.
  std::unique_ptr<Connection> TakeIdle() ABSL_LOCKS_EXCLUDED(mu_);
  absl::StatusOr<std::unique_ptr<Connection>> Connect() const;
  // Keeps `connection` for the next transaction, unless it is broken.
  void Keep(std::unique_ptr<Connection> connection) ABSL_LOCKS_EXCLUDED(mu_);
  void DropIdle() ABSL_LOCKS_EXCLUDED(mu_);

  const Options options_;
  PoolMetrics* const metrics_;
  absl::Mutex mu_;
  absl::CondVar ended_;  // Signalled when a transaction ends.
  int transaction_count_ ABSL_GUARDED_BY(mu_) = 0;
  std::vector<std::unique_ptr<Connection>> idle_ ABSL_GUARDED_BY(mu_);
};

}  // namespace causeway::postgres

#endif  // CAUSEWAY_SERVICES_SHARED_POSTGRES_POOL_H_
