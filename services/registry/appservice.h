#ifndef CAUSEWAY_SERVICES_REGISTRY_APPSERVICE_H_
#define CAUSEWAY_SERVICES_REGISTRY_APPSERVICE_H_

#include <cstdint>
#include <string>

#include "absl/time/time.h"
#include "services/registry/registration.h"

namespace causeway::registry {

// A registration that is in force.
struct Appservice {
  // Counts up and is never given twice, also after unregister: whatever other
  // services keep under it belongs to this registration and no later one.
  int64_t uid = 0;
  Registration registration;
  std::string grant_name;  // Each grant has one registration at most.
  // Its grant's; so are the next two.
  std::string as_token_sha256;
  bool private_networks_allowed = true;
  absl::Time expire_time = absl::InfiniteFuture();
  // By SecretBox, with the uid in decimal as associated data.
  std::string hs_token_sealed;
  // The one before, sealed alike, and until when it is presented too to who
  // refuses the other one. Empty: none.
  std::string previous_hs_token_sealed;
  absl::Time previous_hs_token_until = absl::InfinitePast();
  int64_t revision = 0;  // The one that brought it to this form.
  absl::Time create_time;
  absl::Time update_time;

  bool operator==(const Appservice&) const = default;
};

}  // namespace causeway::registry

#endif  // CAUSEWAY_SERVICES_REGISTRY_APPSERVICE_H_
