#ifndef CAUSEWAY_SERVICES_QUERY_PROXY_SINGLE_FLIGHT_H_
#define CAUSEWAY_SERVICES_QUERY_PROXY_SINGLE_FLIGHT_H_

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "services/query_proxy/answer.h"
#include "services/query_proxy/question.h"

namespace causeway::query {

// Makes one question of many: whoever asks while the same question is under
// way ("a flight") waits for that one's answer.
//
// Who can deadlock here? Queries nest: while an application service thinks
// about a question it calls the homeserver, and those calls may ask further
// questions. That is fine as long as they are other ones. But if its own
// request leads to the same question again (it acts as the user that it is
// being asked about), it would wait for itself. Join() tells that one apart
// (kSelf), and it must not wait for the flight's end. Circles through several
// application services end by the deadline of whoever waits.
//
// Has no clock and starts nothing: pure bookkeeping.
//
// Thread-safe.
class SingleFlight {
 public:
  // What is asked, under which registrations: when those change, the next one
  // who asks doesn't wait for an answer from the old ones.
  struct Key {
    Question question;
    int64_t registration_revision = 0;

    friend bool operator==(const Key&, const Key&) = default;
    template <typename H>
    friend H AbslHashValue(H h, const Key& key) {
      return H::combine(std::move(h), key.question, key.registration_revision);
    }
  };

  enum class Role {
    kLeader,  // Has begun a flight: has to see to it that Finish() is called.
    kJoined,
    kSelf,  // Joined, but the flight asks the one who caused this question.
  };

  using WaiterId = int64_t;
  struct Joined {
    Role role = Role::kLeader;
    WaiterId waiter = 0;
  };

  // Gets the answer, from the thread that finishes the flight, unless the
  // waiter has left. Must return quickly.
  using Deliver = std::function<void(const Answer&)>;

  // Waits for the flight of `key`, or begins it. `asked_uids` are the
  // application services that it asks; `caused_by_uid` may be empty;
  // `deadline` is on the monotonic clock.
  Joined Join(const Key& key, const std::vector<std::string>& asked_uids,
              absl::string_view caused_by_uid, absl::Duration deadline,
              Deliver deliver) ABSL_LOCKS_EXCLUDED(mu_);

  // The waiter waits no longer. Its `deliver` may be under way.
  void Leave(const Key& key, WaiterId waiter) ABSL_LOCKS_EXCLUDED(mu_);

  // The latest deadline of those who wait: how long the flight is worth going
  // on. In the infinite past when nobody waits any more.
  absl::Duration Deadline(const Key& key) const ABSL_LOCKS_EXCLUDED(mu_);

  // Ends the flight and delivers.
  void Finish(const Key& key, const Answer& answer) ABSL_LOCKS_EXCLUDED(mu_);

 private:
  struct Waiter {
    absl::Duration deadline;
    Deliver deliver;
  };
  struct Flight {
    std::vector<std::string> asked_uids;
    absl::flat_hash_map<WaiterId, Waiter> waiters;
  };

  mutable absl::Mutex mu_;
  WaiterId next_waiter_ ABSL_GUARDED_BY(mu_) = 1;
  absl::flat_hash_map<Key, Flight> flights_ ABSL_GUARDED_BY(mu_);
};

}  // namespace causeway::query

#endif  // CAUSEWAY_SERVICES_QUERY_PROXY_SINGLE_FLIGHT_H_
