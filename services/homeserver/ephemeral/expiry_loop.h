#ifndef CAUSEWAY_SERVICES_HOMESERVER_EPHEMERAL_EXPIRY_LOOP_H_
#define CAUSEWAY_SERVICES_HOMESERVER_EPHEMERAL_EXPIRY_LOOP_H_

#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "services/homeserver/ephemeral/presence.h"
#include "services/homeserver/ephemeral/typing.h"

namespace causeway::homeserver {

// The thread that ends what has timed out.
//
// Thread-safe.
class ExpiryLoop {
 public:
  // Starts. Both must outlive the loop.
  ExpiryLoop(Typing& typing, Presence& presence,
             absl::Duration interval = absl::Milliseconds(100));
  ~ExpiryLoop();
  ExpiryLoop(const ExpiryLoop&) = delete;
  ExpiryLoop& operator=(const ExpiryLoop&) = delete;

 private:
  void Run() ABSL_LOCKS_EXCLUDED(mu_);

  Typing& typing_;
  Presence& presence_;
  const absl::Duration interval_;
  absl::Mutex mu_;
  bool stopping_ ABSL_GUARDED_BY(mu_) = false;
  std::thread thread_;
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_EPHEMERAL_EXPIRY_LOOP_H_
