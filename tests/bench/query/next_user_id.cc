#include <atomic>
#include <cstdint>

#include "absl/strings/str_cat.h"
#include "tests/bench/query/rows.h"

namespace causeway::bench {

std::string NextUserId() {
  static std::atomic<int64_t> next = 0;
  return absl::StrCat("@bench_", next++, ":bench.test");
}

}  // namespace causeway::bench
