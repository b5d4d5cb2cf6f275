#include "services/query_proxy/circuit_breaker.h"

#include <algorithm>

namespace causeway::query {

CircuitBreaker::CircuitBreaker(Options options, const Clock& clock)
    : options_(options), clock_(clock) {}

bool CircuitBreaker::Allow(absl::string_view appservice_uid,
                           int64_t registration_revision) {
  absl::MutexLock lock(&mu_);
  auto found = circuits_.find(appservice_uid);
  if (found == circuits_.end()) {
    // Those that never answered again have been unregistered.
    if (circuits_.size() >= kCircuitsMax) circuits_.clear();
    Circuit circuit;
    circuit.registration_revision = registration_revision;
    circuits_.emplace(appservice_uid, circuit);
    return true;
  }
  Circuit& circuit = found->second;
  if (circuit.registration_revision != registration_revision) {
    circuit = Circuit();
    circuit.registration_revision = registration_revision;
    return true;
  }
  if (!IsOpen(circuit)) return true;
  if (circuit.probing || clock_.MonotonicNow() < circuit.retry_time) {
    return false;
  }
  circuit.probing = true;
  return true;
}

void CircuitBreaker::Record(absl::string_view appservice_uid, bool alive) {
  absl::MutexLock lock(&mu_);
  auto found = circuits_.find(appservice_uid);
  if (found == circuits_.end()) return;  // Another's answer came meanwhile.
  if (alive) {
    circuits_.erase(found);
    return;
  }
  Circuit& circuit = found->second;
  const bool was_open = IsOpen(circuit);
  // Tries that went out before it opened say nothing new.
  if (was_open && !circuit.probing) return;
  ++circuit.failures;
  circuit.probing = false;
  if (!IsOpen(circuit)) return;
  circuit.open_duration =
      was_open ? std::min(2 * circuit.open_duration, options_.open_max)
               : options_.open_min;
  circuit.retry_time = clock_.MonotonicNow() + circuit.open_duration;
}

int CircuitBreaker::open_count() const {
  absl::MutexLock lock(&mu_);
  int count = 0;
  for (const auto& [uid, circuit] : circuits_) count += IsOpen(circuit) ? 1 : 0;
  return count;
}

}  // namespace causeway::query
