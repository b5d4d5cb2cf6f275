#include "tests/bench/shared/sample_line.h"

#include <iostream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"

namespace causeway::bench {

void PrintSample(absl::string_view side, const Values& values) {
  auto format = [](std::string* out, const auto& value) {
    absl::StrAppend(out, "\"", value.first,
                    "\":", absl::StrFormat("%.6g", value.second));
  };
  std::cout << "{\"side\":\"" << side << "\","
            << absl::StrJoin(values, ",", format) << "}" << std::endl;
}

void PrintUnavailable(absl::string_view why) {
  std::cout << "{\"unavailable\":\"" << why << "\"}" << std::endl;
}

}  // namespace causeway::bench
