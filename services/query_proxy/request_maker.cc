#include "services/query_proxy/request_maker.h"

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "services/shared/registry_watch/hs_tokens.h"

namespace causeway::query {

absl::StatusOr<appservice_client::AppserviceRequest> RequestMaker::Make(
    const registry_watch::Registration& registration) const {
  absl::StatusOr<registry_watch::HsTokens> hs_tokens =
      registry_watch::OpenHsTokens(registration, secret_box_, clock_.Now());
  if (!hs_tokens.ok()) {
    return absl::FailedPreconditionError(absl::StrCat(
        "its hs_token cannot be opened: ", hs_tokens.status().message()));
  }
  appservice_client::AppserviceRequest request;
  request.appservice_uid = registration.uid;
  request.appservice_id = registration.id;
  request.url = registration.url;
  request.hs_token = std::move(hs_tokens->current);
  request.previous_hs_token = std::move(hs_tokens->previous);
  request.dialect = registration.dialect;
  request.private_addresses_allowed = options_.private_addresses_allowed &&
                                      registration.private_networks_allowed;
  return request;
}

}  // namespace causeway::query
