#ifndef CAUSEWAY_SERVICES_SHARED_APPSERVICE_CLIENT_TRANSACTION_TRACE_H_
#define CAUSEWAY_SERVICES_SHARED_APPSERVICE_CLIENT_TRANSACTION_TRACE_H_

#include <string>

#include "absl/strings/string_view.h"

namespace causeway::appservice_client {

// The trace that all attempts of a transaction belong to, 32 hex digits. A
// transaction carries events of many requests, so it is in none of their
// traces; its own is made of what names it, so that it is the same after a
// crash and on another replica.
//
// Thread-safe (no state).
std::string TransactionTraceId(absl::string_view appservice_uid,
                               absl::string_view txn_id);

}  // namespace causeway::appservice_client

#endif  // CAUSEWAY_SERVICES_SHARED_APPSERVICE_CLIENT_TRANSACTION_TRACE_H_
