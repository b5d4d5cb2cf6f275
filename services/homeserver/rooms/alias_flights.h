#ifndef CAUSEWAY_SERVICES_HOMESERVER_ROOMS_ALIAS_FLIGHTS_H_
#define CAUSEWAY_SERVICES_HOMESERVER_ROOMS_ALIAS_FLIGHTS_H_

#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"

namespace causeway::homeserver {

// Which aliases are being resolved just now, from the question to the commit,
// so that many who join at once make one room with one set of questions.
//
// Thread-safe. Never blocks: who doesn't get a flight tries again.
class AliasFlights {
 public:
  // A flight ends when this object goes.
  class Flight {
   public:
    Flight(AliasFlights& flights, absl::string_view alias)
        : flights_(flights), alias_(alias), begun_(flights.Begin(alias_)) {}
    ~Flight() {
      if (begun_) flights_.End(alias_);
    }
    Flight(const Flight&) = delete;
    Flight& operator=(const Flight&) = delete;

    // False: another one is under way.
    bool begun() const { return begun_; }
    void TryAgain() { begun_ = begun_ || flights_.Begin(alias_); }

   private:
    AliasFlights& flights_;
    const std::string alias_;
    bool begun_;
  };

 private:
  bool Begin(const std::string& alias) ABSL_LOCKS_EXCLUDED(mu_) {
    absl::MutexLock lock(&mu_);
    return under_way_.insert(alias).second;
  }
  void End(const std::string& alias) ABSL_LOCKS_EXCLUDED(mu_) {
    absl::MutexLock lock(&mu_);
    under_way_.erase(alias);
  }

  absl::Mutex mu_;
  absl::flat_hash_set<std::string> under_way_ ABSL_GUARDED_BY(mu_);
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_ROOMS_ALIAS_FLIGHTS_H_
