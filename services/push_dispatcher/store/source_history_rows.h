// Where sources have been in their history, and the beginning of another one:
// rows of `source_points` and `source_incarnations`.
#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_STORE_SOURCE_HISTORY_ROWS_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_STORE_SOURCE_HISTORY_ROWS_H_

#include <cstdint>
#include <pqxx/pqxx>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "services/push_dispatcher/store/ingest_store.h"

namespace causeway::push {

// All of these throw what pqxx throws.

// As IngestStore::GetSourceHistory() and RestartSource().
absl::StatusOr<SourceHistory> SelectSourceHistory(pqxx::work& work,
                                                  absl::string_view name);
absl::Status RestartSource(pqxx::work& work, absl::string_view name,
                           int64_t incarnation, const ChainPoint& common);

// As OperatorStore::ForgetLeftHistories().
absl::StatusOr<int64_t> ForgetLeftHistories(pqxx::work& work,
                                            absl::string_view name,
                                            const std::string& reason);

// Notes where each source is that has moved and whose last point is so old.
void KeepSourcePoints(pqxx::work& work, absl::Duration interval);

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_STORE_SOURCE_HISTORY_ROWS_H_
