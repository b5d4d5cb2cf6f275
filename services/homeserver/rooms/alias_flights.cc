#include "services/homeserver/rooms/alias_flights.h"

#include "services/shared/matrix/errors.h"

namespace causeway::homeserver {
namespace {

constexpr absl::Duration kRefusedRetryAfter = absl::Seconds(1);

}  // namespace

AliasFlights::Arrival AliasFlights::Join(const std::string& alias) {
  absl::MutexLock lock(&mu_);
  const auto [flight, is_new] = under_way_.try_emplace(alias);
  if (is_new) return nullptr;
  Arrival arrival = threads::OneShot<Result>::Create();
  if (flight->second.size() < kAliasWaitersMax) {
    flight->second.push_back(arrival);
  } else {
    arrival->Deliver(matrix::LimitExceeded(
        "too many wait for this alias already", kRefusedRetryAfter));
  }
  return arrival;
}

void AliasFlights::End(const std::string& alias, const Result& result) {
  std::vector<Arrival> waiters;
  {
    absl::MutexLock lock(&mu_);
    const auto flight = under_way_.find(alias);
    waiters = std::move(flight->second);
    under_way_.erase(flight);
  }
  for (const Arrival& arrival : waiters) arrival->Deliver(result);
}

}  // namespace causeway::homeserver
