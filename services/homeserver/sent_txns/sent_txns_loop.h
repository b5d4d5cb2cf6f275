#ifndef CAUSEWAY_SERVICES_HOMESERVER_SENT_TXNS_SENT_TXNS_LOOP_H_
#define CAUSEWAY_SERVICES_HOMESERVER_SENT_TXNS_SENT_TXNS_LOOP_H_

#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "services/homeserver/sent_txns/sent_txns.h"
#include "services/shared/clock/clock.h"

namespace causeway::homeserver {

// The thread that drops old transaction IDs, now and then. Several replicas may
// do it at once.
//
// Thread-safe.
class SentTxnsLoop {
 public:
  // Starts. The references must outlive the loop.
  SentTxnsLoop(SentTxns& sent_txns, const Clock& clock,
               absl::Duration interval = absl::Minutes(10));
  ~SentTxnsLoop();
  SentTxnsLoop(const SentTxnsLoop&) = delete;
  SentTxnsLoop& operator=(const SentTxnsLoop&) = delete;

 private:
  void Run() ABSL_LOCKS_EXCLUDED(mu_);

  SentTxns& sent_txns_;
  const Clock& clock_;
  const absl::Duration interval_;
  absl::Mutex mu_;
  bool stopping_ ABSL_GUARDED_BY(mu_) = false;
  std::thread thread_;
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_SENT_TXNS_SENT_TXNS_LOOP_H_
