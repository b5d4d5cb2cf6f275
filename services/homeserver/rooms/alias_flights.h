#ifndef CAUSEWAY_SERVICES_HOMESERVER_ROOMS_ALIAS_FLIGHTS_H_
#define CAUSEWAY_SERVICES_HOMESERVER_ROOMS_ALIAS_FLIGHTS_H_

#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "services/shared/matrix/identifiers.h"
#include "services/shared/threads/one_shot.h"

namespace causeway::homeserver {

// Who may wait for one alias: as many as query_proxy lets wait for one
// application service.
inline constexpr size_t kAliasWaitersMax = 1000;

// Which aliases are being resolved just now, from the question to the commit,
// so that many who join at once make one room with one set of questions: who
// comes meanwhile is told what the first one has found.
//
// Thread-safe. Holds no thread.
class AliasFlights {
 public:
  using Result = absl::StatusOr<matrix::RoomId>;

  // A flight, which ends when this object goes; or a wait for another's.
  class Flight {
   public:
    Flight(AliasFlights& flights, absl::string_view alias)
        : flights_(flights), alias_(alias), other_(flights.Join(alias_)) {}
    ~Flight() {
      if (begun()) flights_.End(alias_, result_);
    }
    Flight(const Flight&) = delete;
    Flight& operator=(const Flight&) = delete;

    // False: another one is under way.
    bool begun() const { return other_ == nullptr; }

    // With what it ends, if it has begun. CANCELLED if nobody says: it is given
    // up, and who waited may begin another.
    void Land(Result result) { result_ = std::move(result); }

    // With what the other one has ended; empty if it hasn't within `timeout`.
    // RESOURCE_EXHAUSTED (M_LIMIT_EXCEEDED) when kAliasWaitersMax wait already.
    boost::asio::awaitable<std::optional<Result>> AwaitOther(
        absl::Duration timeout) {
      return other_->Wait(timeout);
    }

   private:
    AliasFlights& flights_;
    const std::string alias_;
    const std::shared_ptr<threads::OneShot<Result>> other_;  // Null: begun.
    Result result_ = absl::CancelledError("the flight was given up");
  };

 private:
  using Arrival = std::shared_ptr<threads::OneShot<Result>>;

  // Null: nobody has begun one, so that the caller does.
  Arrival Join(const std::string& alias) ABSL_LOCKS_EXCLUDED(mu_);
  void End(const std::string& alias, const Result& result)
      ABSL_LOCKS_EXCLUDED(mu_);

  absl::Mutex mu_;
  // Who waits, by alias; those who have given up stay until the flight's end.
  absl::flat_hash_map<std::string, std::vector<Arrival>> under_way_
      ABSL_GUARDED_BY(mu_);
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_ROOMS_ALIAS_FLIGHTS_H_
