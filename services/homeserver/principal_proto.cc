#include "services/homeserver/principal_proto.h"

#include <cstddef>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/registry_watch/await_revision.h"
#include "services/shared/status/status_macros.h"

namespace causeway::homeserver {
namespace {

constexpr size_t kTokenSha256Bytes = 32;

absl::StatusOr<Person> PersonFromProto(const v1::Principal& principal) {
  const v1::Principal::User& user = principal.user();
  CAUSEWAY_ASSIGN_OR_RETURN(
      matrix::UserId user_id,
      matrix::UserId::Parse(user.user_id(), "principal.user.user_id"));
  if (user.access_token_sha256().size() != kTokenSha256Bytes) {
    return matrix::InvalidParam("principal.user.access_token_sha256",
                                "must have 32 bytes");
  }
  return Person{.user_id = std::move(user_id),
                .device_id = user.device_id(),
                .access_token_sha256 = user.access_token_sha256(),
                .linked_appservice_uid = principal.linked_appservice_uid(),
                .token_appservice_uid = user.appservice_uid()};
}

absl::StatusOr<AppserviceCaller> AppserviceFromProto(
    const v1::Principal::Appservice& appservice) {
  AppserviceCaller caller{.uid = appservice.uid(),
                          .asserted_user_id = std::nullopt,
                          .device_id = appservice.device_id()};
  if (!appservice.user_id().empty()) {
    CAUSEWAY_ASSIGN_OR_RETURN(
        caller.asserted_user_id,
        matrix::UserId::Parse(appservice.user_id(), "user_id"));
  }
  return caller;
}

}  // namespace

absl::StatusOr<Principal> PrincipalFromProto(const v1::Principal& principal) {
  switch (principal.actor_case()) {
    case v1::Principal::kUser: {
      CAUSEWAY_ASSIGN_OR_RETURN(Person person, PersonFromProto(principal));
      return Principal{.actor = std::move(person),
                       .registry_revision = principal.registry_revision()};
    }
    case v1::Principal::kAppservice: {
      CAUSEWAY_ASSIGN_OR_RETURN(AppserviceCaller caller,
                                AppserviceFromProto(principal.appservice()));
      return Principal{.actor = std::move(caller),
                       .registry_revision = principal.registry_revision()};
    }
    case v1::Principal::ACTOR_NOT_SET:
      break;
  }
  return matrix::InvalidParam("principal", "must be set");
}

boost::asio::awaitable<absl::StatusOr<Caller>> AwaitCaller(
    v1::Principal principal, registry_watch::LatestSnapshot& registry,
    matrix::ServerName server_name, absl::Duration revision_timeout) {
  CAUSEWAY_CO_ASSIGN_OR_RETURN(Principal decoded,
                               PrincipalFromProto(principal));
  absl::Status reached = co_await registry_watch::AwaitRevision(
      registry, decoded.registry_revision, revision_timeout);
  if (!reached.ok()) {
    co_return absl::UnavailableError(
        "the registry's changes have not arrived here in time");
  }
  auto snapshot = registry.Snapshot();
  CAUSEWAY_CO_ASSIGN_OR_RETURN(
      ActingUser acting, ResolveActingUser(*snapshot, server_name, decoded));
  co_return Caller{.principal = std::move(decoded),
                   .acting = std::move(acting),
                   .snapshot = std::move(snapshot)};
}

}  // namespace causeway::homeserver
