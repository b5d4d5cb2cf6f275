#include "services/shared/appservice_client/route_memory.h"

#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
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
  auto found = draft_found_.find(Key(appservice_uid, url));
  if (found == draft_found_.end()) return Dialect::kV1;
  return clock_.MonotonicNow() - found->second < kDraftPathsRememberedFor
             ? Dialect::kDraft
             : Dialect::kV1;
}

void RouteMemory::Remember(absl::string_view appservice_uid,
                           absl::string_view url, Dialect dialect) {
  if (dialect == Dialect::kV1) {
    if (!draft_found_.empty()) draft_found_.erase(Key(appservice_uid, url));
    return;
  }
  const absl::Duration now = clock_.MonotonicNow();
  std::string key = Key(appservice_uid, url);
  auto found = draft_found_.find(key);
  if (found != draft_found_.end()) {
    // Counts from when it was found, so that v1 does get its turn.
    if (now - found->second >= kDraftPathsRememberedFor) found->second = now;
    return;
  }
  if (draft_found_.size() == kRememberedMax) {
    draft_found_.erase(draft_found_.begin());
  }
  draft_found_.emplace(std::move(key), now);
}

std::string RouteMemory::Key(absl::string_view appservice_uid,
                             absl::string_view url) {
  return absl::StrCat(appservice_uid, " ", url);
}

}  // namespace causeway::appservice_client
