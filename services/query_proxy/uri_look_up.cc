#include "services/query_proxy/uri_look_up.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "services/query_proxy/candidates.h"
#include "services/shared/appservice_client/appservice_client.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/matrix/identifiers.h"
#include "services/shared/matrix/json.h"
#include "services/shared/matrix/utf8.h"
#include "services/shared/registry_watch/registration.h"
#include "services/shared/registry_watch/registry_snapshot.h"
#include "services/shared/status/status_macros.h"

namespace causeway::query {
namespace {

using appservice_client::Route;
using registry_watch::Registration;
using registry_watch::RegistrySnapshot;

constexpr absl::string_view kSchemes[] = {"irc", "xmpp", "sip", "tel",
                                          "mailto"};

bool HasPublicRooms(absl::string_view scheme) {
  return scheme != "tel" && scheme != "mailto";
}

// The ID that `body` gives, if it is one that `registration` may give.
absl::StatusOr<std::string> ParseAnswer(UriKind kind, absl::string_view body,
                                        const Registration& registration,
                                        const RegistrySnapshot& snapshot) {
  CAUSEWAY_ASSIGN_OR_RETURN(const matrix::Json json, matrix::ParseObject(body));
  std::string id;
  if (kind == UriKind::kUser) {
    CAUSEWAY_ASSIGN_OR_RETURN(id, matrix::GetString(json, "user_id"));
    CAUSEWAY_RETURN_IF_ERROR(matrix::UserId::Parse(id, "user_id").status());
  } else {
    CAUSEWAY_ASSIGN_OR_RETURN(id, matrix::GetString(json, "alias"));
    CAUSEWAY_RETURN_IF_ERROR(matrix::RoomAlias::Parse(id, "alias").status());
  }
  const auto namespace_kind = kind == UriKind::kUser
                                  ? RegistrySnapshot::Kind::kUsers
                                  : RegistrySnapshot::Kind::kAliases;
  if (!snapshot.InNamespace(registration, namespace_kind, id)) {
    return absl::NotFoundError("outside its namespaces");
  }
  return id;
}

LookUpOutcome OutcomeOf(const absl::Status& status) {
  if (status.ok()) return LookUpOutcome::kFound;
  return absl::IsDeadlineExceeded(status) ? LookUpOutcome::kTimedOut
                                          : LookUpOutcome::kNotFound;
}

}  // namespace

absl::StatusOr<std::string> ParseUriScheme(absl::string_view uri) {
  if (uri.size() > kUriBytesMax) {
    return matrix::InvalidParam(
        "uri", absl::StrCat("has more than ", kUriBytesMax, " bytes"));
  }
  if (!matrix::IsValidUtf8(uri) || matrix::HasControlCharacter(uri)) {
    return matrix::InvalidParam("uri", "holds what is no text");
  }
  const size_t colon = uri.find(':');
  std::string scheme = absl::AsciiStrToLower(
      uri.substr(0, colon == absl::string_view::npos ? 0 : colon));
  if (std::find(std::begin(kSchemes), std::end(kSchemes), scheme) ==
      std::end(kSchemes)) {
    return matrix::InvalidParam(
        "uri", "does not begin with irc:, xmpp:, sip:, tel: or mailto:");
  }
  return scheme;
}

UriLookUp::UriLookUp(FanOut& fan_out,
                     const registry_watch::LatestSnapshot& registry,
                     const Clock& clock, QueryMetrics& metrics)
    : fan_out_(fan_out),
      registry_(registry),
      clock_(clock),
      metrics_(metrics) {}

boost::asio::awaitable<absl::StatusOr<std::string>> UriLookUp::LookUp(
    UriKind kind, std::string uri, std::string request_id,
    absl::Duration patience) {
  CAUSEWAY_CO_ASSIGN_OR_RETURN(const std::string scheme, ParseUriScheme(uri));
  const absl::Duration begin = clock_.MonotonicNow();
  absl::StatusOr<std::string> result =
      matrix::NotFound(absl::StrCat("room of ", matrix::Quote(uri)));
  if (kind == UriKind::kUser || HasPublicRooms(scheme)) {
    result = co_await Ask(kind, scheme, uri, request_id, patience);
  }
  metrics_.LookUpFinished(LookUpKind::kUri, OutcomeOf(result.status()),
                          clock_.MonotonicNow() - begin);
  co_return result;
}

boost::asio::awaitable<absl::StatusOr<std::string>> UriLookUp::Ask(
    UriKind kind, const std::string& scheme, const std::string& uri,
    const std::string& request_id, absl::Duration patience) {
  const auto snapshot = registry_.Snapshot();
  std::vector<FanOut::Target> targets;
  for (const Registration* registration : FindByProtocol(*snapshot, scheme)) {
    targets.push_back({.registration = registration,
                       .route = kind == UriKind::kUser ? Route::kUserByUri
                                                       : Route::kAliasByUri,
                       .parameters = {{"uri", uri}}});
  }
  std::string id;
  bool somebody_is_silent = false;
  const auto take = [&](size_t index, absl::StatusOr<std::string> answer) {
    if (!answer.ok()) {
      somebody_is_silent |= absl::IsUnavailable(answer.status());
      return true;
    }
    absl::StatusOr<std::string> given =
        ParseAnswer(kind, *answer, *targets[index].registration, *snapshot);
    if (!given.ok()) return true;
    id = *std::move(given);
    return false;
  };
  co_await fan_out_.Ask(targets, request_id, patience, take);
  if (!id.empty()) co_return id;
  if (somebody_is_silent) co_return matrix::QueryTimedOut(uri);
  co_return matrix::NotFound(absl::StrCat(
      kind == UriKind::kUser ? "user of " : "room of ", matrix::Quote(uri)));
}

}  // namespace causeway::query
