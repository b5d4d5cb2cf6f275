#include "tests/bench/shared/resident_bytes.h"

#include <cstdint>
#include <fstream>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "tests/bench/shared/check.h"

namespace causeway::bench {

double ResidentBytes(int pid) {
  std::ifstream status(absl::StrCat("/proc/", pid, "/status"));
  for (std::string line; std::getline(status, line);) {
    absl::string_view rest = line;
    if (!absl::ConsumePrefix(&rest, "VmRSS:")) continue;
    absl::ConsumeSuffix(&rest, " kB");
    int64_t kibibytes = 0;
    if (absl::SimpleAtoi(rest, &kibibytes)) {
      return static_cast<double>(kibibytes) * 1024;
    }
  }
  Die(absl::StrCat("process ", pid, " has gone"));
}

}  // namespace causeway::bench
