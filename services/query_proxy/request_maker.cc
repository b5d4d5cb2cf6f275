#include "services/query_proxy/request_maker.h"

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace causeway::query {

absl::StatusOr<appservice_client::AppserviceRequest> RequestMaker::Make(
    const registry_watch::Registration& registration) const {
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
  request.dialect = registration.dialect;
  request.private_addresses_allowed = options_.private_addresses_allowed;
  return request;
}

}  // namespace causeway::query
