// Rows of `upstream_transactions`.
#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_STORE_UPSTREAM_ROWS_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_STORE_UPSTREAM_ROWS_H_

#include <cstdint>
#include <pqxx/pqxx>
#include <vector>

#include "absl/strings/string_view.h"
#include "services/push_dispatcher/store/ingest_store.h"

namespace causeway::push {

// All of these throw what pqxx throws.

// As IngestStore::ListUpstreamRecords().
std::vector<UpstreamRecord> SelectUpstreamRecords(pqxx::work& work,
                                                  SourceId source_id,
                                                  absl::string_view txn_id);

// Inserts `record` and deletes those of the source that are too old then. The
// source's row is locked.
void InsertUpstreamRecord(pqxx::work& work, SourceId source_id,
                          const UpstreamRecord& record, int64_t records_max);

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_STORE_UPSTREAM_ROWS_H_
