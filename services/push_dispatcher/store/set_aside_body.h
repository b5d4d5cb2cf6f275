#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_STORE_SET_ASIDE_BODY_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_STORE_SET_ASIDE_BODY_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace causeway::push {

// A quarantined transaction's bytes as an LZ4 block.
std::string CompressBody(absl::string_view body);

// DATA_LOSS when it isn't what CompressBody() made of `raw_bytes` bytes.
absl::StatusOr<std::string> DecompressBody(absl::string_view block,
                                           int64_t raw_bytes);

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_STORE_SET_ASIDE_BODY_H_
