#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_STORE_SOURCE_HISTORY_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_STORE_SOURCE_HISTORY_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "services/push_dispatcher/core/source_chain.h"
#include "services/push_dispatcher/store/audit_record.h"
#include "services/push_dispatcher/store/ingest_store.h"

namespace causeway::push {

// Where sources have been, and how one begins a new incarnation: the rules of
// every store.

// NOT_FOUND, as every store says it.
absl::Status NoSuchSource(absl::string_view name);

// Where its history ends, by its own positions. While it tells again what was
// delivered before, that is where news begins: it will come by there, and where
// it has come to by now isn't its alone.
ChainPoint EndOfHistory(const SourceState& source);

// FAILED_PRECONDITION: it is a source of transactions; or `common` isn't a
// known point before the end of its history. ABORTED: this isn't its
// incarnation any more.
absl::Status CheckRestart(const SourceState& source,
                          const SourceHistory& history, int64_t incarnation,
                          const ChainPoint& common);

// What the source is when it has begun anew, from `common` on.
SourceState Restarted(const SourceState& source, const ChainPoint& common);

// What is recorded of it; `source` as it was before.
AuditRecord RestartRecord(const SourceState& source, const ChainPoint& common);

// What is recorded of OperatorStore::ForgetLeftHistories().
AuditRecord ForgottenRecord(absl::string_view source_name,
                            int64_t history_count, const std::string& reason);

// Where the source is, by its own positions, if that is to be noted behind
// `newest_position`, the last that was (0: none). What it tells again isn't.
std::optional<ChainPoint> PointToNote(const SourceState& source,
                                      int64_t newest_position);

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_STORE_SOURCE_HISTORY_H_
