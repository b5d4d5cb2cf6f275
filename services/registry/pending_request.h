#ifndef CAUSEWAY_SERVICES_REGISTRY_PENDING_REQUEST_H_
#define CAUSEWAY_SERVICES_REGISTRY_PENDING_REQUEST_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "services/registry/registration.h"

namespace causeway::registry {

// Of all grants together; the oldest is forgotten first.
inline constexpr int kPendingRequestsMax = 1000;
// Of one, as JSON. A larger one is refused like any other, but not kept.
inline constexpr size_t kPendingRequestBytesMax = 64 << 10;

// What somebody wanted to register beyond their grant, kept for an operator to
// decide. Each grant has one at most, the newest.
struct PendingRequest {
  // Counts up and is never given twice: what an operator has seen and what
  // they approve is the same.
  int64_t pending_id = 0;
  std::string grant_name;
  Registration wanted;
  // The one that it brought, by SecretBox, with PendingOwner() as associated
  // data. Empty: none.
  std::string hs_token_sealed;
  // In what it is beyond the grant, as of create_time.
  struct Difference {
    std::string field;
    std::string witness;
    std::string message;

    bool operator==(const Difference&) const = default;
  };
  std::vector<Difference> differences;
  absl::Time create_time;

  bool operator==(const PendingRequest&) const = default;
};

// What a pending request's hs_token is bound to. No uid, which are digits.
inline std::string PendingOwner(const std::string& grant_name) {
  return "pending request of " + grant_name;
}

}  // namespace causeway::registry

#endif  // CAUSEWAY_SERVICES_REGISTRY_PENDING_REQUEST_H_
