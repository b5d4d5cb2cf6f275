// Judges what real application services have recorded by the same promises as
// the simulation.
//
//   check_log FILE
//
// FILE has JSON lines, as recorded_log.h tells. Prints each violation, then
// "N transactions, V violations". Exit code 1 if there are any, 2 if FILE can't
// be read.
#include <fstream>
#include <iostream>
#include <vector>

#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/status/statusor.h"
#include "tests/simulation/record_rules.h"
#include "tests/simulation/recorded_log.h"

namespace causeway::push::simulation {
namespace {

int Run(const char* file) {
  std::ifstream lines(file);
  if (!lines) {
    std::cerr << file << ": can't be opened\n";
    return 2;
  }
  const absl::StatusOr<RecordedLog> log = ReadRecordedLog(lines);
  if (!log.ok()) {
    std::cerr << file << ": " << log.status().message() << "\n";
    return 2;
  }
  const std::vector<Violation> violations = CheckRecordedLog(*log);
  for (const Violation& violation : violations) {
    std::cout << violation.promise << ": " << violation.story << "\n";
  }
  std::cout << log->transaction_count << " transactions, " << violations.size()
            << " violations\n";
  return violations.empty() ? 0 : 1;
}

}  // namespace
}  // namespace causeway::push::simulation

int main(int argc, char** argv) {
  absl::SetProgramUsageMessage(
      "Holds a recorded run against the promises: check_log FILE");
  const std::vector<char*> words = absl::ParseCommandLine(argc, argv);
  if (words.size() != 2) {
    std::cerr << "usage: check_log FILE\n";
    return 2;
  }
  return causeway::push::simulation::Run(words[1]);
}
