#ifndef CAUSEWAY_SERVICES_GATEWAY_HTTP_READ_BUFFER_H_
#define CAUSEWAY_SERVICES_GATEWAY_HTTP_READ_BUFFER_H_

#include <algorithm>
#include <cstddef>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace causeway::gateway {

// Bytes read from a connection and not yet taken, in one piece of memory.
//
// Thread-compatible.
class ReadBuffer {
 public:
  absl::string_view unread() const {
    return {bytes_.data() + begin_, end_ - begin_};
  }

  void Take(size_t byte_count) {
    begin_ += byte_count;
    if (begin_ == end_) begin_ = end_ = 0;
  }

  // Room for what is read next; at least kReadBytes.
  absl::Span<char> Room() {
    if (bytes_.size() - end_ < kReadBytes) {
      std::copy(bytes_.begin() + begin_, bytes_.begin() + end_, bytes_.begin());
      end_ -= begin_;
      begin_ = 0;
      bytes_.resize(std::max(bytes_.size(), end_ + kReadBytes));
    }
    return absl::MakeSpan(bytes_).subspan(end_);
  }

  // The same for when nothing may come for long, as from a client that waits
  // for news: memory that takes most requests, and no more. Nothing may be
  // unread.
  absl::Span<char> IdleRoom() {
    if (bytes_.size() != kIdleBytes) bytes_ = std::vector<char>(kIdleBytes);
    return absl::MakeSpan(bytes_);
  }

  // `byte_count` bytes were written to the front of the room.
  void Grow(size_t byte_count) { end_ += byte_count; }

 private:
  static constexpr size_t kReadBytes = 8 << 10;
  static constexpr size_t kIdleBytes = 1 << 10;

  std::vector<char> bytes_;
  size_t begin_ = 0;
  size_t end_ = 0;
};

}  // namespace causeway::gateway

#endif  // CAUSEWAY_SERVICES_GATEWAY_HTTP_READ_BUFFER_H_
