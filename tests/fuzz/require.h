// What a fuzz target holds true for every input.
#ifndef CAUSEWAY_TESTS_FUZZ_REQUIRE_H_
#define CAUSEWAY_TESTS_FUZZ_REQUIRE_H_

#include <cstdio>
#include <cstdlib>

namespace causeway::fuzz {

// Ends the process, which libFuzzer takes for a crash, unless `is_true`.
inline void Require(bool is_true, const char* what) {
  if (is_true) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

}  // namespace causeway::fuzz

#endif  // CAUSEWAY_TESTS_FUZZ_REQUIRE_H_
