#ifndef CAUSEWAY_SERVICES_GATEWAY_SIGNS_OF_LIFE_H_
#define CAUSEWAY_SERVICES_GATEWAY_SIGNS_OF_LIFE_H_

#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "causeway/push/v1/push.grpc.pb.h"
#include "services/gateway/heard_appservices.h"
#include "services/shared/server/replicas.h"

namespace causeway::gateway {

// Tells push_dispatcher which application services were heard of, so that one
// that was down gets what is queued for it as soon as it is back. Each is told
// of at most once in an interval. A report that fails is dropped: the backoff
// ends in its time all the same.
//
// Has a thread of its own until it is destroyed, which waits for a report that
// is under way.
class SignsOfLife {
 public:
  struct Options {
    absl::Duration interval = absl::Seconds(1);
    // How long push_dispatcher may take.
    absl::Duration timeout = absl::Seconds(1);
  };

  // All must outlive this.
  SignsOfLife(Options options, HeardAppservices& heard,
              server::Replicas<push::v1::PushDispatcher>& push_dispatchers);
  ~SignsOfLife();
  SignsOfLife(const SignsOfLife&) = delete;
  SignsOfLife& operator=(const SignsOfLife&) = delete;

 private:
  void Run() ABSL_LOCKS_EXCLUDED(mu_);

  const Options options_;
  HeardAppservices& heard_;
  server::Replicas<push::v1::PushDispatcher>& push_dispatchers_;

  absl::Mutex mu_;
  bool stopping_ ABSL_GUARDED_BY(mu_) = false;
  std::thread thread_;
};

}  // namespace causeway::gateway

#endif  // CAUSEWAY_SERVICES_GATEWAY_SIGNS_OF_LIFE_H_
