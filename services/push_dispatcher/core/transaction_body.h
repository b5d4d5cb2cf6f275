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
//   2: the same, and behind it arrays of what isn't an event; each twice, under
//      today's name and under the one that bridges knew before, and none that
//      is empty:
//        {"events":[E,E],"ephemeral":[X],"de.sorunome.msc2409.ephemeral":[X],
//         "to_device":[D],"de.sorunome.msc2409.to_device":[D]}
// Which one it is follows from what is in it: 2 if it has more than events.
// Source: https://github.com/matrix-org/matrix-spec-proposals/pull/2409
// Source: https://github.com/matrix-org/matrix-spec-proposals/pull/4203
inline constexpr int32_t kEventsBodyFormat = 1;
inline constexpr int32_t kBodyFormat = 2;

// How each array begins, behind `{` or the one before; all end with "]".
inline constexpr char kEventsArray[] = R"("events":[)";
inline constexpr char kEphemeralArray[] = R"("ephemeral":[)";
inline constexpr char kOldEphemeralArray[] =
    R"("de.sorunome.msc2409.ephemeral":[)";
inline constexpr char kToDeviceArray[] = R"("to_device":[)";
inline constexpr char kOldToDeviceArray[] =
    R"("de.sorunome.msc2409.to_device":[)";

inline constexpr int32_t kTransactionEventsMax = 100;
inline constexpr int64_t kTransactionBytesMax = 1 << 20;

struct TransactionLimits {
  // To-device messages count as events.
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

  // Each appends what it is given; false, changing nothing, if that would
  // exceed a limit. The first event or to-device message always fits.
  bool Add(absl::string_view event_json);
  bool AddToDevice(absl::string_view message_json);
  // One or more, separated by commas; once. Not an event: fits if the bytes do.
  bool AddEphemeral(absl::string_view event_jsons);

  // Events and to-device messages.
  int32_t event_count() const { return event_count_; }
  int32_t format() const {
    return to_device_.empty() && ephemeral_.empty() ? kEventsBodyFormat
                                                    : kBodyFormat;
  }

  // The body. Nothing may be added afterwards.
  std::shared_ptr<const std::string> Finish();

 private:
  // Of the whole, were it finished now.
  int64_t BodyBytes() const;
  bool MayAdd(int64_t more_bytes) const;

  const TransactionLimits limits_;
  int32_t event_count_ = 0;
  std::string body_;  // Up to where the events are.
  std::string to_device_;
  std::string ephemeral_;
};

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_CORE_TRANSACTION_BODY_H_
