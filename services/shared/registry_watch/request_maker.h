#ifndef CAUSEWAY_SERVICES_SHARED_REGISTRY_WATCH_REQUEST_MAKER_H_
#define CAUSEWAY_SERVICES_SHARED_REGISTRY_WATCH_REQUEST_MAKER_H_

#include "absl/status/statusor.h"
#include "services/shared/appservice_client/appservice_client.h"
#include "services/shared/clock/clock.h"
#include "services/shared/registry_watch/registration.h"
#include "services/shared/secrets/secret_box.h"

namespace causeway::registry_watch {

// Makes requests to registered application services: the one place that opens
// hs_tokens and tells what the grant says about addresses. What is made of
// these is the client's part (curl_appservice_client.h).
//
// Thread-safe.
class RequestMaker {
 public:
  // References must outlive the maker.
  RequestMaker(const secrets::SecretBox& secret_box, const Clock& clock)
      : secret_box_(secret_box), clock_(clock) {}

  // A request by what `registration` says, in its dialect, with its hs_token
  // and, for as long as that is valid, the one before; what is asked and for
  // how long is left to the caller. FAILED_PRECONDITION when the hs_token can't
  // be opened (a previous one that can't be is none), or when its grant has
  // expired: nothing is sent then, also while no registry is there to end it.
  absl::StatusOr<appservice_client::AppserviceRequest> Make(
      const Registration& registration) const;

 private:
  const secrets::SecretBox& secret_box_;
  const Clock& clock_;
};

}  // namespace causeway::registry_watch

#endif  // CAUSEWAY_SERVICES_SHARED_REGISTRY_WATCH_REQUEST_MAKER_H_
