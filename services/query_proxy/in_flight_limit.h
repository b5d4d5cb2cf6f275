#ifndef CAUSEWAY_SERVICES_QUERY_PROXY_IN_FLIGHT_LIMIT_H_
#define CAUSEWAY_SERVICES_QUERY_PROXY_IN_FLIGHT_LIMIT_H_

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"

namespace causeway::query {

// How many of one kind may be under way at once, in all and for each
// application service: those that wait for one that hangs leave room to the
// others.
//
// Thread-safe.
class InFlightLimit {
 public:
  struct Options {
    int all_max = 0;
    int per_appservice_max = 0;
  };

  // The right to be under way, as long as it lives.
  class Admission {
   public:
    ~Admission() {
      if (limit_ != nullptr) limit_->Leave(appservice_uids_);
    }
    Admission(Admission&& other) noexcept
        : limit_(std::exchange(other.limit_, nullptr)),
          appservice_uids_(std::move(other.appservice_uids_)) {}
    Admission& operator=(Admission&&) = delete;

   private:
    friend class InFlightLimit;
    Admission(InFlightLimit& limit, std::vector<std::string> appservice_uids)
        : limit_(&limit), appservice_uids_(std::move(appservice_uids)) {}

    InFlightLimit* limit_;
    std::vector<std::string> appservice_uids_;
  };

  explicit InFlightLimit(Options options) : options_(options) {}

  // For one that may ask all of `appservice_uids`. Empty when too many are
  // under way, in all or for one of these. The limit must outlive it.
  std::optional<Admission> Admit(std::vector<std::string> appservice_uids)
      ABSL_LOCKS_EXCLUDED(mu_);

  int count() const ABSL_LOCKS_EXCLUDED(mu_) {
    absl::MutexLock lock(&mu_);
    return count_;
  }

 private:
  void Leave(const std::vector<std::string>& appservice_uids)
      ABSL_LOCKS_EXCLUDED(mu_);

  const Options options_;
  mutable absl::Mutex mu_;
  int count_ ABSL_GUARDED_BY(mu_) = 0;
  // Only of those that have any.
  absl::flat_hash_map<std::string, int> by_appservice_ ABSL_GUARDED_BY(mu_);
};

}  // namespace causeway::query

#endif  // CAUSEWAY_SERVICES_QUERY_PROXY_IN_FLIGHT_LIMIT_H_
