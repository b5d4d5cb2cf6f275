#ifndef CAUSEWAY_SERVICES_REGISTRY_EXPIRY_SWEEPER_H_
#define CAUSEWAY_SERVICES_REGISTRY_EXPIRY_SWEEPER_H_

#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "services/registry/change_feed.h"
#include "services/registry/grant_keeper.h"
#include "services/registry/registry_metrics.h"

namespace causeway::registry {

// Ends what is registered under grants that have expired, soon after they have.
// When the database is away it is done later.
//
// Thread-safe. Start() makes a thread, which the destructor ends.
class ExpirySweeper {
 public:
  struct Options {
    absl::Duration interval = absl::Seconds(1);
  };

  // All must outlive it.
  ExpirySweeper(Options options, GrantKeeper& grants, ChangeFeed& feed,
                RegistryMetrics& metrics);
  ~ExpirySweeper();
  ExpirySweeper(const ExpirySweeper&) = delete;
  ExpirySweeper& operator=(const ExpirySweeper&) = delete;

  // Once.
  void Start();

  // What the thread does each time. Errors are left to the next.
  void Sweep();

 private:
  void Run() ABSL_LOCKS_EXCLUDED(mu_);

  const Options options_;
  GrantKeeper& grants_;
  ChangeFeed& feed_;
  RegistryMetrics& metrics_;
  absl::Mutex mu_;
  bool stopped_ ABSL_GUARDED_BY(mu_) = false;
  std::thread thread_;
};

}  // namespace causeway::registry

#endif  // CAUSEWAY_SERVICES_REGISTRY_EXPIRY_SWEEPER_H_
