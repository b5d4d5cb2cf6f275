#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_CORE_TRANSACTION_BODY_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_CORE_TRANSACTION_BODY_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"

namespace causeway::push {

// How bodies are made. A queue may hold a transaction sealed in any format that
// ever was, so an old number keeps its meaning for ever.
//   1: {"events":[E,E]} with each event's bytes as published, no white space
inline constexpr int32_t kBodyFormat = 1;

inline constexpr int32_t kTransactionEventsMax = 100;
inline constexpr int64_t kTransactionBytesMax = 1 << 20;

struct TransactionLimits {
  int32_t events_max = kTransactionEventsMax;
  // Of the whole body. A single event goes alone if it is larger.
  int64_t body_bytes_max = kTransactionBytesMax;
};

// The bytes of one transaction, made of its events in order.
// Source: https://spec.matrix.org/v1.17/application-service-api/#put_matrixappv1transactionstxnid
//
// Pure: the same events in the same format give the same bytes, on any replica
// and after any restart. That is how a sealed transaction is made again (P3).
//
// Thread-compatible.
class TransactionBody {
 public:
  explicit TransactionBody(TransactionLimits limits);

  // Appends `event_json`; false, changing nothing, if that would exceed a
  // limit. The first event always fits.
  bool Add(absl::string_view event_json);

  int32_t event_count() const { return event_count_; }

  // The body. Nothing may be added afterwards.
  std::shared_ptr<const std::string> Finish();

 private:
  const TransactionLimits limits_;
  int32_t event_count_ = 0;
  std::string body_;
};

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_CORE_TRANSACTION_BODY_H_
