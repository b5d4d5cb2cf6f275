#ifndef CAUSEWAY_SERVICES_GATEWAY_ACCESS_LOG_H_
#define CAUSEWAY_SERVICES_GATEWAY_ACCESS_LOG_H_

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "services/gateway/gateway_metrics.h"
#include "services/gateway/http/http_observer.h"
#include "services/shared/clock/clock.h"

namespace causeway::gateway {

// Counts every request and writes a line for it, by which an operator finds its
// request ID; but no more lines a second than lines_per_second_max: at full
// load the log would cost more than the answers. What isn't logged is counted.
//
// A line has the route's pattern, never the path: paths name users and rooms,
// queries carry tokens.
//
// Thread-safe.
class AccessLog final : public HttpObserver {
 public:
  struct Options {
    int lines_per_second_max = 100;
  };

  // `metrics` and `clock` must outlive the log.
  AccessLog(Options options, GatewayMetrics& metrics, const Clock& clock);

  void ConnectionOpened() override;
  void ConnectionClosed() override;
  void RequestAnswered(const AnsweredRequest& answered) override
      ABSL_LOCKS_EXCLUDED(mu_);

 private:
  bool MayWriteLine() ABSL_LOCKS_EXCLUDED(mu_);

  const Options options_;
  GatewayMetrics& metrics_;
  const Clock& clock_;
  absl::Mutex mu_;
  absl::Duration second_start_ ABSL_GUARDED_BY(mu_) = -absl::InfiniteDuration();
  int line_count_ ABSL_GUARDED_BY(mu_) = 0;  // Since then.
};

}  // namespace causeway::gateway

#endif  // CAUSEWAY_SERVICES_GATEWAY_ACCESS_LOG_H_
