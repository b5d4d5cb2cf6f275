// Rows of `set_aside_transactions` and `audit_records`.
#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_STORE_RECORD_ROWS_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_STORE_RECORD_ROWS_H_

#include <pqxx/pqxx>
#include <vector>

#include "absl/strings/string_view.h"
#include "services/push_dispatcher/core/queue_head.h"
#include "services/push_dispatcher/store/audit_record.h"
#include "services/push_dispatcher/store/set_aside.h"

namespace causeway::push {

// What to select from `set_aside_transactions AS s` for ReadSetAside().
inline constexpr char kSetAsideColumns[] =
    "s.id, s.txn_id, s.kind, s.reason, s.source_id, s.after_position, "
    "s.last_position, s.event_count, "
    "extract(epoch FROM s.settle_time)::float8 AS settle_time, "
    "extract(epoch FROM s.replay_time)::float8 AS replay_time, "
    "extract(epoch FROM s.expire_time)::float8 AS expire_time, "
    "s.attempts, s.last_http_status, s.last_error, s.last_answer, "
    "extract(epoch FROM s.last_attempt_time)::float8 AS last_attempt_time";

// All of these throw what pqxx throws.

SetAsideTransaction ReadSetAside(const pqxx::row& row);

// From columns named as the table's, `create_time` as seconds.
AuditRecord ReadAuditRecord(const pqxx::row& row);

// Inserts what `actor` did to a source: of no application service.
void KeepSourceActs(pqxx::work& work, absl::string_view actor,
                    const std::vector<AuditRecord>& acts);

// Inserts the records of one queue, as done by `actor`.
void KeepRecords(pqxx::work& work, absl::string_view actor, AppserviceUid uid,
                 const WriteRecords& records);

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_STORE_RECORD_ROWS_H_
