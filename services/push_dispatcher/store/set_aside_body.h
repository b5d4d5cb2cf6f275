#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_STORE_SET_ASIDE_BODY_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_STORE_SET_ASIDE_BODY_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "services/push_dispatcher/core/event_set.h"

namespace causeway::push {

// Of a quarantined transaction.

// Its bytes as an LZ4 block.
std::string CompressBody(absl::string_view body);

// DATA_LOSS when it isn't what CompressBody() made of `raw_bytes` bytes.
absl::StatusOr<std::string> DecompressBody(absl::string_view block,
                                           int64_t raw_bytes);

// What a transaction has of durable things, each as it was published.
struct BodyEvents {
  // The events in order, and behind them the to-device messages in theirs.
  std::vector<std::string> events;
  EventSet to_device;  // Which of these are messages.

  bool operator==(const BodyEvents&) const = default;
};

// Of a transaction's bytes. DATA_LOSS when `body` isn't what TransactionBody
// makes in `format` (core/transaction_body.h).
absl::StatusOr<BodyEvents> EventsOfBody(int32_t format, absl::string_view body);

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_STORE_SET_ASIDE_BODY_H_
