#include "services/shared/appservice_client/route_memory.h"

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "services/shared/appservice_client/appservice_client.h"
#include "services/shared/matrix/json.h"

namespace causeway::appservice_client {
namespace {

bool IsSuccess(int http_status) {
  return http_status >= 200 && http_status < 300;
}

// Empty when the body has none.
std::string ErrcodeOf(absl::string_view body) {
  if (body.size() > kErrcodeAnswerBytesMax) return "";
  absl::StatusOr<matrix::Json> object = matrix::ParseObject(body);
  if (!object.ok()) return "";
  return matrix::GetString(*object, "errcode").value_or("");
}

// What has a whole room in it is parsed by whom it is for, not here.
bool LooksLikeJson(absl::string_view body) {
  body = absl::StripLeadingAsciiWhitespace(body);
  return absl::StartsWith(body, "{") || absl::StartsWith(body, "[");
}

}  // namespace

bool MeansNoSuchRoute(const AppserviceResponse& response) {
  const int status = response.http_status;
  if (status == 404) {
    const std::string errcode = ErrcodeOf(response.body);
    return errcode.empty() || errcode == "M_UNRECOGNIZED";
  }
  if (IsSuccess(status)) {
    return response.path_dialect == Dialect::kDraft &&
           !LooksLikeJson(response.body);
  }
  return status == 405 || status == 501 || (status >= 300 && status < 400);
}

bool ProvesRoute(const AppserviceResponse& response) {
  const int status = response.http_status;
  if (IsSuccess(status)) return LooksLikeJson(response.body);
  if (status == 401 || status == 403 || MeansNoSuchRoute(response)) {
    return false;
  }
  return !ErrcodeOf(response.body).empty();
}

bool RouteMemory::Knows(absl::string_view appservice_uid, absl::string_view url,
                        Dialect dialect) const {
  const auto found = found_.find(appservice_uid);
  return found != found_.end() && found->second.dialect == dialect &&
         found->second.url == url &&
         clock_.MonotonicNow() - found->second.found_at < kPathsRememberedFor;
}

Dialect RouteMemory::First(absl::string_view appservice_uid,
                           absl::string_view url) const {
  return Knows(appservice_uid, url, Dialect::kDraft) ? Dialect::kDraft
                                                     : Dialect::kV1;
}

bool RouteMemory::KnowsV1(absl::string_view appservice_uid,
                          absl::string_view url) const {
  return Knows(appservice_uid, url, Dialect::kV1);
}

void RouteMemory::Remember(absl::string_view appservice_uid,
                           absl::string_view url, Dialect dialect) {
  if (dialect == Dialect::kDraft && Knows(appservice_uid, url, dialect)) {
    return;
  }
  if (found_.size() == kRememberedMax && !found_.contains(appservice_uid)) {
    found_.erase(found_.begin());
  }
  Found& found = found_[appservice_uid];
  if (found.url != url) found.url = std::string(url);
  found.dialect = dialect;
  found.found_at = clock_.MonotonicNow();
}

void RouteMemory::Forget(absl::string_view appservice_uid) {
  found_.erase(appservice_uid);
}

}  // namespace causeway::appservice_client
