#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_STORE_SOURCE_HISTORY_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_STORE_SOURCE_HISTORY_H_

#include <cstdint>

#include "absl/status/status.h"
#include "services/push_dispatcher/core/source_chain.h"
#include "services/push_dispatcher/store/audit_record.h"
#include "services/push_dispatcher/store/ingest_store.h"

namespace causeway::push {

// When a source may begin a new incarnation: what both stores ask.

// FAILED_PRECONDITION: it is a source of transactions; or `common` isn't a
// known point before its end. ABORTED: this isn't its incarnation any more.
absl::Status CheckRestart(const SourceState& source,
                          const SourceHistory& history, int64_t incarnation,
                          const ChainPoint& common);

// What is recorded of it; `source` as it was before.
AuditRecord RestartRecord(const SourceState& source, const ChainPoint& common);

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_STORE_SOURCE_HISTORY_H_
