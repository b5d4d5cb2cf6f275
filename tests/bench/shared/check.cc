#include "tests/bench/shared/check.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <iostream>

#include "absl/strings/str_cat.h"

namespace causeway::bench {

void Die(absl::string_view what) {
  std::cerr << "benchmark: " << what << std::endl;
  std::_Exit(1);  // Threads are under way, so destructors must not run.
}

void DieOfErrno(absl::string_view call) {
  Die(absl::StrCat(call, ": ", std::strerror(errno)));
}

void CheckOk(const grpc::Status& status, absl::string_view what) {
  if (status.ok()) return;
  Die(absl::StrCat(what, ": ", status.error_message(), " (code ",
                   static_cast<int>(status.error_code()), ")"));
}

}  // namespace causeway::bench
