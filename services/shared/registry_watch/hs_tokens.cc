#include "services/shared/registry_watch/hs_tokens.h"

#include "services/shared/status/status_macros.h"

namespace causeway::registry_watch {

absl::StatusOr<HsTokens> OpenHsTokens(const Registration& registration,
                                      const secrets::SecretBox& secret_box,
                                      absl::Time now) {
  HsTokens tokens;
  CAUSEWAY_ASSIGN_OR_RETURN(
      tokens.current,
      secret_box.Open(registration.hs_token_sealed, registration.uid));
  if (!registration.previous_hs_token_sealed.empty() &&
      now < registration.previous_hs_token_until) {
    tokens.previous =
        secret_box.Open(registration.previous_hs_token_sealed, registration.uid)
            .value_or("");
  }
  return tokens;
}

}  // namespace causeway::registry_watch
