#ifndef CAUSEWAY_TESTS_BENCH_SHARED_CHECK_H_
#define CAUSEWAY_TESTS_BENCH_SHARED_CHECK_H_

#include <grpcpp/support/status.h>

#include "absl/strings/string_view.h"

namespace causeway::bench {

// A benchmark that goes on after something went wrong measures something else.
// Says what, and ends the process.
[[noreturn]] void Die(absl::string_view what);

// The same of a system call that has just failed, with errno.
[[noreturn]] void DieOfErrno(absl::string_view call);

// Ends the process unless `status`, of a call named `what`, is OK.
void CheckOk(const grpc::Status& status, absl::string_view what);

}  // namespace causeway::bench

#endif  // CAUSEWAY_TESTS_BENCH_SHARED_CHECK_H_
