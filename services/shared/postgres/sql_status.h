#ifndef CAUSEWAY_SERVICES_SHARED_POSTGRES_SQL_STATUS_H_
#define CAUSEWAY_SERVICES_SHARED_POSTGRES_SQL_STATUS_H_

#include <exception>

#include "absl/status/status.h"

namespace causeway::postgres {

// What an exception of pqxx means, for whoever decides whether to try again:
//
//   UNAVAILABLE        the connection broke or could not be made, the server is
//                      starting, stopping, read-only or out of disk, memory or
//                      connections, or the schema has not been migrated yet (a
//                      table is missing); or the client library failed, before
//                      the server had answered most likely
//   ALREADY_EXISTS     a unique constraint, which the message names
//   ABORTED            serialization failure, deadlock, lock_timeout: another
//                      transaction was in the way
//   DEADLINE_EXCEEDED  statement_timeout
//   INTERNAL           all else, std::exceptions of others included
//
// Messages are the first line of PostgreSQL's own: further lines quote values.
absl::Status StatusFromException(const std::exception& exception);

// UNAVAILABLE, and IsUnknownCommit().
absl::Status UnknownCommit();

// Whether the connection broke while COMMIT was under way, so that nobody knows
// if the transaction happened. Such a status is UNAVAILABLE, but trying again
// is only right for what is idempotent; else the outcome has to be looked up.
bool IsUnknownCommit(const absl::Status& status);

}  // namespace causeway::postgres

#endif  // CAUSEWAY_SERVICES_SHARED_POSTGRES_SQL_STATUS_H_
