#ifndef CAUSEWAY_SERVICES_QUERY_PROXY_CIRCUIT_BREAKER_H_
#define CAUSEWAY_SERVICES_QUERY_PROXY_CIRCUIT_BREAKER_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "services/query_proxy/liveness.h"
#include "services/shared/clock/clock.h"

namespace causeway::query {

// Application services whose last try failed. When full, which one is forgotten
// is whatever hash order names: it is left alone again after a few tries.
inline constexpr size_t kCircuitsMax = 10000;

// Keeps queries away from application services that don't answer, so that a
// dead one costs microseconds and not a client's patience each time.
//
// After `failures_max` failed tries in a row it opens: everything is refused
// for a while, then one try is let through (half open). If that fails too, the
// while doubles; the first answer closes it. A changed registration, which may
// have brought a new URL, starts afresh.
//
// Thread-safe.
class CircuitBreaker {
 public:
  struct Options {
    int failures_max = 6;
    absl::Duration open_min = absl::Seconds(1);
    absl::Duration open_max = absl::Seconds(30);
  };

  // `clock` must outlive the breaker.
  CircuitBreaker(Options options, const Clock& clock);

  // That a try may go out.
  struct Permit {
    int64_t probe_number = 0;  // 0: the circuit wasn't open.
  };

  // Whether one may now; it must then be followed by Record().
  std::optional<Permit> Allow(absl::string_view appservice_uid,
                              int64_t registration_revision)
      ABSL_LOCKS_EXCLUDED(mu_);

  // How the permitted try has ended. While the circuit is open, only its
  // probe's failure counts: that of tries from before it opened says nothing
  // new. After a probe that showed nothing, the next one may go out at once.
  void Record(absl::string_view appservice_uid, Permit permit,
              Liveness liveness) ABSL_LOCKS_EXCLUDED(mu_);

  // It has shown by other means that it is there.
  void Close(absl::string_view appservice_uid) ABSL_LOCKS_EXCLUDED(mu_);

 private:
  struct Circuit {
    int64_t registration_revision = 0;
    int failures = 0;  // In a row.
    // While open: when the next try may go out, and how long it was to wait.
    absl::Duration retry_time;
    absl::Duration open_duration;
    int64_t probe_number = 0;  // Of that try, while it is under way.
  };

  bool IsOpen(const Circuit& circuit) const {
    return circuit.failures >= options_.failures_max;
  }

  const Options options_;
  const Clock& clock_;
  absl::Mutex mu_;
  int64_t probe_count_ ABSL_GUARDED_BY(mu_) = 0;  // Ever.
  // Only of those whose last try failed, so it stays as small as the trouble.
  absl::flat_hash_map<std::string, Circuit> circuits_ ABSL_GUARDED_BY(mu_);
};

}  // namespace causeway::query

#endif  // CAUSEWAY_SERVICES_QUERY_PROXY_CIRCUIT_BREAKER_H_
