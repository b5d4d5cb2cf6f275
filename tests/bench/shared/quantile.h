#ifndef CAUSEWAY_TESTS_BENCH_SHARED_QUANTILE_H_
#define CAUSEWAY_TESTS_BENCH_SHARED_QUANTILE_H_

#include <cstddef>
#include <vector>

namespace causeway::bench {

// The value below which the part `q`, 0 to 1, of `sorted` lies, which must be
// ascending and not empty.
inline double Quantile(const std::vector<double>& sorted, double q) {
  return sorted[static_cast<size_t>(q *
                                    static_cast<double>(sorted.size() - 1))];
}

}  // namespace causeway::bench

#endif  // CAUSEWAY_TESTS_BENCH_SHARED_QUANTILE_H_
