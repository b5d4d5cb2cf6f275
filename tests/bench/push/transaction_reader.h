#ifndef CAUSEWAY_TESTS_BENCH_PUSH_TRANSACTION_READER_H_
#define CAUSEWAY_TESTS_BENCH_PUSH_TRANSACTION_READER_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "tests/bench/push/event_text.h"
#include "tests/bench/push/receipts.h"

namespace causeway::bench {

// Reads requests of one connection, piece by piece, and keeps of a body only
// the numbers of its first and last event.
//
// Thread-compatible.
class TransactionReader {
 public:
  // Takes bytes from `data` up to the end of a request, and removes them. True
  // when a request is complete: transaction() has it, until the next call.
  // INVALID_ARGUMENT if it isn't a transaction of our events.
  absl::StatusOr<bool> Read(absl::string_view& data);

  const Transaction& transaction() const { return transaction_; }

 private:
  // The bytes of an event up to the end of its number.
  static constexpr size_t kEventHeadBytes = kEventStart.size() + kNumberDigits;

  absl::Status ReadHead(absl::string_view& data);
  absl::Status ParseHead();
  void TakeBody(absl::string_view piece);
  absl::Status ParseBody();

  std::string head_;  // Of the request, while it is incomplete.
  bool in_body_ = false;
  size_t body_bytes_ = 0;
  size_t body_read_ = 0;
  char first_[kEventHeadBytes];
  char last_[kEventHeadBytes];
  Transaction transaction_;
};

}  // namespace causeway::bench

#endif  // CAUSEWAY_TESTS_BENCH_PUSH_TRANSACTION_READER_H_
