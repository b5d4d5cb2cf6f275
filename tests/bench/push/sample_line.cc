#include "tests/bench/push/sample_line.h"

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

void PrintSample(absl::string_view side, const Sample& sample) {
  PrintSample(
      side,
      {{"events_per_second", sample.EventsPerSecond()},
       {"deliveries_per_second", sample.deliveries / sample.seconds},
       {"seconds", sample.seconds},
       {"events_per_transaction", sample.deliveries / sample.transactions},
       {"repeated_events", static_cast<double>(sample.repeated_events)},
       {"gaps", static_cast<double>(sample.published.gaps)},
       {"refused", static_cast<double>(sample.published.refused)}});
}

void PrintUnavailable(absl::string_view why) {
  std::cout << "{\"unavailable\":\"" << why << "\"}" << std::endl;
}

}  // namespace causeway::bench
