#include "services/push_dispatcher/store/set_aside_body.h"

#include <lz4.h>

#include <cstddef>

#include "absl/status/status.h"

namespace causeway::push {
namespace {

// More than any body has; what a damaged row could make us allocate.
constexpr int64_t kRawBytesMax = 64 << 20;

}  // namespace

std::string CompressBody(absl::string_view body) {
  const int raw_bytes = static_cast<int>(body.size());
  std::string block(static_cast<size_t>(LZ4_compressBound(raw_bytes)), '\0');
  block.resize(static_cast<size_t>(LZ4_compress_default(
      body.data(), block.data(), raw_bytes, static_cast<int>(block.size()))));
  return block;
}

absl::StatusOr<std::string> DecompressBody(absl::string_view block,
                                           int64_t raw_bytes) {
  if (raw_bytes < 0 || raw_bytes > kRawBytesMax) {
    return absl::DataLossError("a transaction's size makes no sense");
  }
  std::string body(static_cast<size_t>(raw_bytes), '\0');
  if (LZ4_decompress_safe(block.data(), body.data(),
                          static_cast<int>(block.size()),
                          static_cast<int>(raw_bytes)) != raw_bytes) {
    return absl::DataLossError(
        "a transaction's bytes don't decompress to their size");
  }
  return body;
}

}  // namespace causeway::push
