#include "services/shared/appservice_client/route_memory.h"

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "services/shared/appservice_client/appservice_client.h"
#include "services/shared/matrix/json.h"

namespace causeway::appservice_client {
namespace {

// Empty when the body has none.
std::string ErrcodeOf(absl::string_view body) {
  absl::StatusOr<matrix::Json> object = matrix::ParseObject(body);
  if (!object.ok()) return "";
  return matrix::GetString(*object, "errcode").value_or("");
}

}  // namespace

bool MeansNoSuchRoute(const AppserviceResponse& response) {
  const int status = response.http_status;
  if (status == 404) {
    const std::string errcode = ErrcodeOf(response.body);
    return errcode.empty() || errcode == "M_UNRECOGNIZED";
  }
  return status == 405 || status == 501 || (status >= 300 && status < 400);
}

Dialect RouteMemory::First(absl::string_view appservice_uid,
                           absl::string_view url) const {
  const auto found = draft_found_.find(appservice_uid);
  if (found == draft_found_.end() || found->second.url != url) {
    return Dialect::kV1;
  }
  const absl::Duration age = clock_.MonotonicNow() - found->second.found_at;
  return age < kDraftPathsRememberedFor ? Dialect::kDraft : Dialect::kV1;
}

void RouteMemory::Remember(absl::string_view appservice_uid,
                           absl::string_view url, Dialect dialect) {
  if (dialect == Dialect::kV1) {
    Forget(appservice_uid);
    return;
  }
  // Counts from when it was found, so that v1 does get its turn.
  if (First(appservice_uid, url) == Dialect::kDraft) return;
  if (draft_found_.size() == kRememberedMax &&
      !draft_found_.contains(appservice_uid)) {
    draft_found_.erase(draft_found_.begin());
  }
  draft_found_.insert_or_assign(
      std::string(appservice_uid),
      Found{.url = std::string(url), .found_at = clock_.MonotonicNow()});
}

void RouteMemory::Forget(absl::string_view appservice_uid) {
  if (!draft_found_.empty()) draft_found_.erase(appservice_uid);
}

}  // namespace causeway::appservice_client
