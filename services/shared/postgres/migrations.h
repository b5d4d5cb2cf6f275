#ifndef CAUSEWAY_SERVICES_SHARED_POSTGRES_MIGRATIONS_H_
#define CAUSEWAY_SERVICES_SHARED_POSTGRES_MIGRATIONS_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/notification.h"
#include "absl/types/span.h"
#include "services/shared/postgres/migration.h"

namespace causeway::postgres {

// Brings the schema up to date: applies those of `migrations` (in ascending
// order of name) that `<schema>.schema_migrations` does not list, each in one
// transaction with its row there. Several replicas may do so at once: an
// advisory lock lets one after the other. Rows without a file are left alone: a
// newer release wrote them, and the release before it has to keep working.
//
// The role and the schema exist already (deploy/ makes them); the role of
// `conninfo` needs CREATE on `schema`.
//
// FAILED_PRECONDITION naming the file when an applied one has been edited since
// (its SHA-256 differs); INTERNAL naming the file when one fails, with what
// came before it kept; INVALID_ARGUMENT when names are not in ascending order;
// UNAVAILABLE when the database is away or the schema is missing; ABORTED when
// somebody held a lock that it needs for longer than half a second, since all
// who need the table wait behind it.
absl::Status Migrate(absl::string_view conninfo, absl::string_view schema,
                     absl::Span<const Migration> migrations);

// Migrate(), again and again with pauses of up to two seconds while the result
// is UNAVAILABLE or ABORTED, logging why it waits. CANCELLED once `stop` is
// notified.
absl::Status WaitUntilMigrated(absl::string_view conninfo,
                               absl::string_view schema,
                               absl::Span<const Migration> migrations,
                               const absl::Notification& stop);

}  // namespace causeway::postgres

#endif  // CAUSEWAY_SERVICES_SHARED_POSTGRES_MIGRATIONS_H_
