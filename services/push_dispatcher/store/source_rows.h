// Rows of `sources`, and the segments and entries that come with their moves.
#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_STORE_SOURCE_ROWS_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_STORE_SOURCE_ROWS_H_

#include <optional>
#include <pqxx/pqxx>
#include <vector>

#include "absl/strings/string_view.h"
#include "services/push_dispatcher/store/event_totals.h"
#include "services/push_dispatcher/store/ingest_store.h"
#include "services/shared/postgres/connection.h"

namespace causeway::push {

// What the pool has to prepare for MoveSource().
std::vector<postgres::PreparedStatement> MoveSourceStatements();

// All of these throw what pqxx throws.

std::optional<SourceState> SelectSource(pqxx::work& work,
                                        absl::string_view name);

// Waits for PostgresIngestStore::ApplyRegistry(), and keeps it from beginning.
// Whoever locks queues too does this first: so does that.
void LockSources(pqxx::work& work);

// Makes the source, unless it is there. Sources are locked.
void InsertSource(pqxx::work& work, absl::string_view name);

// All that `batch` changes, but for rooms. False: the source wasn't where the
// batch says, and nothing has changed. `totals` has all of its queues, as of
// `batch.before`.
bool MoveSource(pqxx::transaction_base& work, const IngestBatch& batch,
                const EventTotals& totals);

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_STORE_SOURCE_ROWS_H_
