#include "services/shared/registry_watch/request_maker.h"

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

namespace causeway::registry_watch {

absl::StatusOr<appservice_client::AppserviceRequest> RequestMaker::Make(
    const Registration& registration) const {
  const absl::Time now = clock_.Now();
  if (registration.HasExpired(now)) {
    return absl::FailedPreconditionError("its grant has expired");
  }
  absl::StatusOr<std::string> hs_token =
      secret_box_.Open(registration.hs_token_sealed, registration.uid);
  if (!hs_token.ok()) {
    return absl::FailedPreconditionError(absl::StrCat(
        "its hs_token cannot be opened: ", hs_token.status().message()));
  }
  appservice_client::AppserviceRequest request;
  request.appservice_uid = registration.uid;
  request.appservice_id = registration.id;
  request.url = registration.url;
  request.hs_token = *std::move(hs_token);
  if (!registration.previous_hs_token_sealed.empty() &&
      now < registration.previous_hs_token_until) {
    request.previous_hs_token =
        secret_box_
            .Open(registration.previous_hs_token_sealed, registration.uid)
            .value_or("");
  }
  request.dialect = registration.dialect;
  request.private_addresses_allowed = registration.private_networks_allowed;
  return request;
}

}  // namespace causeway::registry_watch
