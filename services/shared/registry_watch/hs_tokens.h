#ifndef CAUSEWAY_SERVICES_SHARED_REGISTRY_WATCH_HS_TOKENS_H_
#define CAUSEWAY_SERVICES_SHARED_REGISTRY_WATCH_HS_TOKENS_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/shared/registry_watch/registration.h"
#include "services/shared/secrets/secret_box.h"

namespace causeway::registry_watch {

// What an application service is shown, so that it knows who calls.
struct HsTokens {
  std::string current;
  std::string previous;  // For who refuses the other one. Empty: none.
};

// Those of `registration` that are valid at `now`. Errors as SecretBox::Open()
// of the current one; a previous one that can't be opened is none.
absl::StatusOr<HsTokens> OpenHsTokens(const Registration& registration,
                                      const secrets::SecretBox& secret_box,
                                      absl::Time now);

}  // namespace causeway::registry_watch

#endif  // CAUSEWAY_SERVICES_SHARED_REGISTRY_WATCH_HS_TOKENS_H_
