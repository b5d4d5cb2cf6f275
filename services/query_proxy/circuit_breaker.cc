#include "services/query_proxy/circuit_breaker.h"

#include <algorithm>

namespace causeway::query {

CircuitBreaker::CircuitBreaker(Options options, const Clock& clock)
    : options_(options), clock_(clock) {}

std::optional<CircuitBreaker::Permit> CircuitBreaker::Allow(
    absl::string_view appservice_uid, int64_t registration_revision) {
  absl::MutexLock lock(&mu_);
  auto found = circuits_.find(appservice_uid);
  if (found == circuits_.end()) {
    if (circuits_.size() >= kCircuitsMax) circuits_.erase(circuits_.begin());
    Circuit circuit;
    circuit.registration_revision = registration_revision;
    circuits_.emplace(appservice_uid, circuit);
    return Permit();
  }
  Circuit& circuit = found->second;
  if (circuit.registration_revision != registration_revision) {
    circuit = Circuit();
    circuit.registration_revision = registration_revision;
    return Permit();
  }
  if (!IsOpen(circuit)) return Permit();
  if (circuit.probe_number != 0 || clock_.MonotonicNow() < circuit.retry_time) {
    return std::nullopt;
  }
  circuit.probe_number = ++probe_count_;
  return Permit{.probe_number = circuit.probe_number};
}

void CircuitBreaker::Record(absl::string_view appservice_uid, Permit permit,
                            Liveness liveness) {
  if (liveness == Liveness::kAlive) {
    Close(appservice_uid);
    return;
  }
  absl::MutexLock lock(&mu_);
  auto found = circuits_.find(appservice_uid);
  if (found == circuits_.end()) return;  // Another's answer came meanwhile.
  Circuit& circuit = found->second;
  const bool was_open = IsOpen(circuit);
  if (was_open) {
    if (permit.probe_number == 0 ||
        permit.probe_number != circuit.probe_number) {
      return;
    }
    circuit.probe_number = 0;
  }
  if (liveness == Liveness::kUnknown) return;
  ++circuit.failures;
  if (!IsOpen(circuit)) return;
  circuit.open_duration =
      was_open ? std::min(2 * circuit.open_duration, options_.open_max)
               : options_.open_min;
  circuit.retry_time = clock_.MonotonicNow() + circuit.open_duration;
}

void CircuitBreaker::Close(absl::string_view appservice_uid) {
  absl::MutexLock lock(&mu_);
  circuits_.erase(appservice_uid);
}

}  // namespace causeway::query
