#ifndef CAUSEWAY_TESTS_BENCH_SURFACE_MESSAGE_READER_H_
#define CAUSEWAY_TESTS_BENCH_SURFACE_MESSAGE_READER_H_

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace causeway::bench {

// Reads HTTP/1.1 messages of one connection, piece by piece: requests or
// answers whose bodies have a Content-Length, as ours have.
//
// Thread-compatible.
class MessageReader {
 public:
  // Takes bytes from `data` up to the end of a message, and removes them. True
  // when a message is complete: the accessors have it, until the next call.
  // INVALID_ARGUMENT if it isn't one.
  absl::StatusOr<bool> Read(absl::string_view& data);

  // "PUT /path HTTP/1.1", or "HTTP/1.1 200 OK".
  const std::string& first_line() const { return first_line_; }
  const std::string& body() const { return body_; }

 private:
  absl::Status ParseHead();

  std::string head_;  // While it is incomplete.
  std::string first_line_;
  std::string body_;
  bool in_body_ = false;
  bool is_complete_ = false;
  size_t body_bytes_ = 0;
};

}  // namespace causeway::bench

#endif  // CAUSEWAY_TESTS_BENCH_SURFACE_MESSAGE_READER_H_
