#ifndef CAUSEWAY_SERVICES_QUERY_PROXY_REQUEST_MAKER_H_
#define CAUSEWAY_SERVICES_QUERY_PROXY_REQUEST_MAKER_H_

#include "absl/status/statusor.h"
#include "services/shared/appservice_client/appservice_client.h"
#include "services/shared/clock/clock.h"
#include "services/shared/registry_watch/registration.h"
#include "services/shared/secrets/secret_box.h"

namespace causeway::query {

// Makes requests to registered application services: the one place here that
// opens hs_tokens and tells which addresses may be reached.
//
// Thread-safe.
class RequestMaker {
 public:
  struct Options {
    // Whether a URL may lead to loopback and private networks, if its grant
    // allows it too.
    bool private_addresses_allowed = true;
  };

  // References must outlive the maker.
  RequestMaker(Options options, const secrets::SecretBox& secret_box,
               const Clock& clock)
      : options_(options), secret_box_(secret_box), clock_(clock) {}

  // A request by what `registration` says, in its dialect; what is asked and
  // for how long is left to the caller. FAILED_PRECONDITION when its hs_token
  // can't be opened.
  absl::StatusOr<appservice_client::AppserviceRequest> Make(
      const registry_watch::Registration& registration) const;

 private:
  const Options options_;
  const secrets::SecretBox& secret_box_;
  const Clock& clock_;
};

}  // namespace causeway::query

#endif  // CAUSEWAY_SERVICES_QUERY_PROXY_REQUEST_MAKER_H_
