#ifndef CAUSEWAY_SERVICES_GATEWAY_TOKEN_BUCKETS_H_
#define CAUSEWAY_SERVICES_GATEWAY_TOKEN_BUCKETS_H_

#include <cstddef>
#include <list>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace causeway::gateway {

// A token bucket for each name: full at first and after a pause, it lets
// `burst` requests pass at once and `per_second` in the long run.
//
// The names used last are remembered, `names_max` of them, each by its hash;
// one that is forgotten has a full bucket again. So memory is bounded, however
// long names are, and who wants to get rid of a bound has to come under many.
//
// Thread-safe.
class TokenBuckets {
 public:
  struct Options {
    double per_second = 0;  // 0: nothing is bounded.
    int burst = 1;          // At least 1.
    int names_max = 100000;
  };

  explicit TokenBuckets(Options options);

  // Takes one from the bucket of `name` and returns zero, or how long to wait
  // until there is one. `now` doesn't go back.
  absl::Duration Take(absl::string_view name, absl::Duration now)
      ABSL_LOCKS_EXCLUDED(mu_);

 private:
  struct Bucket {
    size_t name_hash;
    double tokens = 0;
    absl::Duration time;  // When there were that many.
  };
  using Buckets = std::list<Bucket>;  // That used last is first.

  Bucket& Touch(absl::string_view name, absl::Duration now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  const Options options_;
  absl::Mutex mu_;
  Buckets buckets_ ABSL_GUARDED_BY(mu_);
  absl::flat_hash_map<size_t, Buckets::iterator> by_name_hash_
      ABSL_GUARDED_BY(mu_);
};

}  // namespace causeway::gateway

#endif  // CAUSEWAY_SERVICES_GATEWAY_TOKEN_BUCKETS_H_
