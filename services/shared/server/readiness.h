#ifndef CAUSEWAY_SERVICES_SHARED_SERVER_READINESS_H_
#define CAUSEWAY_SERVICES_SHARED_SERVER_READINESS_H_

#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"

namespace causeway::server {

// Says whether a dependency can be used now, or why not. Run about twice a
// second on a thread of its own; may block for a short, bounded time.
using ReadinessCheck = absl::AnyInvocable<absl::Status()>;

// Whether this process should be sent work, and if not what is missing. The
// checks are run by Evaluate() alone, so that asking for the result is cheap
// and a slow dependency does not delay who asks.
//
// Thread-safe, but for adding checks, which comes before all else.
class Readiness {
 public:
  // Not ready until the first Evaluate(), also without any check.
  void AddCheck(std::string name, ReadinessCheck check);
  // Of what work goes on without: it is reported alike, but doesn't count.
  void AddAdvisoryCheck(std::string name, ReadinessCheck check);

  // Runs all checks, one after the other. For one thread only.
  void Evaluate() ABSL_LOCKS_EXCLUDED(mu_);

  // The process is on its way out: not ready from now on.
  void SetDraining() ABSL_LOCKS_EXCLUDED(mu_);

  bool ready() const ABSL_LOCKS_EXCLUDED(mu_);

  // One line for each check, "database: ok" or "database: <what is wrong>".
  std::string Report() const ABSL_LOCKS_EXCLUDED(mu_);

 private:
  struct NamedCheck {
    std::string name;
    ReadinessCheck check;
    bool advisory;
  };

  std::vector<NamedCheck> checks_;
  mutable absl::Mutex mu_;
  std::vector<absl::Status> results_ ABSL_GUARDED_BY(mu_);  // As checks_.
  bool evaluated_ ABSL_GUARDED_BY(mu_) = false;
  bool draining_ ABSL_GUARDED_BY(mu_) = false;
};

}  // namespace causeway::server

#endif  // CAUSEWAY_SERVICES_SHARED_SERVER_READINESS_H_
