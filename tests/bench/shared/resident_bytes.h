#ifndef CAUSEWAY_TESTS_BENCH_SHARED_RESIDENT_BYTES_H_
#define CAUSEWAY_TESTS_BENCH_SHARED_RESIDENT_BYTES_H_

namespace causeway::bench {

// What of the process is in memory (VmRSS). Ends this one if there is none.
double ResidentBytes(int pid);

}  // namespace causeway::bench

#endif  // CAUSEWAY_TESTS_BENCH_SHARED_RESIDENT_BYTES_H_
