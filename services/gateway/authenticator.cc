#include "services/gateway/authenticator.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/matrix/token.h"
#include "services/shared/registry_watch/registration.h"
#include "services/shared/registry_watch/registry_snapshot.h"
#include "services/shared/server/await_call.h"
#include "services/shared/status/errcode.h"
#include "services/shared/status/status_macros.h"

namespace causeway::gateway {
namespace {

namespace asio = boost::asio;
namespace homeserver_pb = causeway::homeserver::v1;
namespace registry_pb = causeway::registry::v1;

// Thousands of clients come back at once, as after a restart. Asked for all of
// them at the same time, the homeserver would refuse some, and memory would go
// to calls that wait for it.
constexpr int kAskingHomeserverMax = 100;

// Empty when there is none. A header wins over the parameter.
absl::string_view Token(const HttpRequest& request) {
  absl::string_view header = request.authorization;
  constexpr absl::string_view kScheme = "Bearer ";
  if (absl::StartsWithIgnoreCase(header, kScheme)) {
    header.remove_prefix(kScheme.size());
    return absl::StripAsciiWhitespace(header);
  }
  return request.parsed.query.FirstOrEmpty("access_token");
}

// The answer of a service that may know a token. Whatever it says but that it
// doesn't know the token is a fault of ours, and passes.
absl::Status Unsure(const absl::Status& status) {
  return absl::UnavailableError(
      absl::StrCat("access tokens can't be checked: ", status.message()));
}

homeserver_pb::Principal MakeAppservice(absl::string_view uid,
                                        absl::string_view id,
                                        int64_t revision) {
  homeserver_pb::Principal principal;
  principal.mutable_appservice()->set_uid(std::string(uid));
  principal.mutable_appservice()->set_id(std::string(id));
  principal.set_registry_revision(revision);
  return principal;
}

}  // namespace

bool HasToken(const HttpRequest& request) { return !Token(request).empty(); }

Authenticator::Authenticator(registry_watch::LatestSnapshot& latest,
                             registry_pb::Registry::StubInterface& registry,
                             homeserver_pb::Accounts::StubInterface& accounts,
                             HeardAppservices& heard, const Clock& clock)
    : latest_(latest),
      registry_(registry),
      accounts_(accounts),
      heard_(heard),
      clock_(clock),
      asking_homeserver_(kAskingHomeserverMax) {}

bool Authenticator::KnowsAppservice(const HttpRequest& request) const {
  const absl::string_view token = Token(request);
  return !token.empty() && FindAppservice(matrix::Sha256(token)).has_value();
}

asio::awaitable<absl::StatusOr<homeserver_pb::Principal>>
Authenticator::Authenticate(const HttpRequest& request,
                            const server::CallContext& call) {
  const absl::string_view token = Token(request);
  if (token.empty()) co_return matrix::MissingToken();
  const std::string token_sha256 = matrix::Sha256(token);
  if (std::optional<Principal> found = FindAppservice(token_sha256)) {
    co_return co_await Assert(*std::move(found), request, call);
  }
  absl::StatusOr<Principal> person = co_await AskHomeserver(token_sha256, call);
  if (person.ok() || !absl::IsUnauthenticated(person.status())) {
    co_return person;
  }
  CAUSEWAY_CO_ASSIGN_OR_RETURN(Principal appservice,
                               co_await AskRegistry(token_sha256, call));
  co_return co_await Assert(std::move(appservice), request, call);
}

std::optional<homeserver_pb::Principal> Authenticator::FindAppservice(
    absl::string_view token_sha256) const {
  const std::shared_ptr<const registry_watch::RegistrySnapshot> snapshot =
      latest_.Snapshot();
  const registry_watch::Registration* registration =
      snapshot->FindByTokenSha256(token_sha256);
  if (registration == nullptr || registration->HasExpired(clock_.Now())) {
    return std::nullopt;
  }
  return MakeAppservice(registration->uid, registration->id,
                        snapshot->revision());
}

asio::awaitable<absl::StatusOr<homeserver_pb::Principal>>
Authenticator::AskRegistry(std::string token_sha256, server::CallContext call) {
  using Async = registry_pb::Registry::StubInterface::async_interface;
  registry_pb::AuthenticateRequest request;
  request.set_as_token_sha256(std::move(token_sha256));
  const absl::StatusOr<registry_pb::AuthenticateResponse> answer =
      co_await server::AwaitCall(std::move(call), registry_.async(),
                                 &Async::Authenticate, std::move(request));
  if (absl::IsNotFound(answer.status())) co_return matrix::UnknownToken();
  if (!answer.ok()) co_return Unsure(answer.status());
  const registry_pb::Appservice& appservice = answer->appservice();
  co_return MakeAppservice(appservice.uid(), appservice.id(),
                           appservice.revision());
}

asio::awaitable<absl::StatusOr<homeserver_pb::Principal>>
Authenticator::AskHomeserver(std::string token_sha256,
                             server::CallContext call) {
  using Async = homeserver_pb::Accounts::StubInterface::async_interface;
  homeserver_pb::AuthenticateRequest request;
  request.set_access_token_sha256(token_sha256);
  ConcurrencyLimit::Place place = co_await asking_homeserver_.Enter();
  const absl::StatusOr<homeserver_pb::AuthenticateResponse> answer =
      co_await server::AwaitCall(std::move(call), accounts_.async(),
                                 &Async::Authenticate, std::move(request));
  place.reset();
  if (GetErrcode(answer.status()) == "M_UNKNOWN_TOKEN") {
    co_return matrix::UnknownToken();
  }
  if (!answer.ok()) co_return Unsure(answer.status());
  const std::shared_ptr<const registry_watch::RegistrySnapshot> snapshot =
      latest_.Snapshot();
  const std::string& appservice_uid = answer->appservice_uid();
  if (!appservice_uid.empty() &&
      snapshot->revision() >= answer->registry_revision() &&
      snapshot->FindByUid(appservice_uid) == nullptr) {
    co_return matrix::UnknownToken();  // It has unregistered.
  }
  Principal principal;
  principal.mutable_user()->set_user_id(answer->user_id());
  principal.mutable_user()->set_device_id(answer->device_id());
  principal.mutable_user()->set_access_token_sha256(std::move(token_sha256));
  principal.mutable_user()->set_appservice_uid(appservice_uid);
  principal.set_registry_revision(
      std::max(snapshot->revision(), answer->registry_revision()));
  co_return principal;
}

asio::awaitable<absl::StatusOr<homeserver_pb::Principal>> Authenticator::Assert(
    Principal appservice, const HttpRequest& request,
    const server::CallContext& call) {
  heard_.Heard(appservice.appservice().uid());
  const QueryParameters& query = request.parsed.query;
  const absl::string_view user_id = query.FirstOrEmpty("user_id");
  const absl::string_view user_token = query.FirstOrEmpty("user_token");
  if (user_token.empty()) {
    appservice.mutable_appservice()->set_user_id(std::string(user_id));
    co_return co_await AssertDevice(std::move(appservice), request, call);
  }
  if (!user_id.empty()) {
    co_return matrix::InvalidParam("user_id", "can't stand beside user_token");
  }
  absl::StatusOr<Principal> person =
      co_await AskHomeserver(matrix::Sha256(user_token), call);
  if (absl::IsUnauthenticated(person.status())) {
    // Not M_UNKNOWN_TOKEN: the application service's own token is good.
    co_return matrix::Forbidden("the user_token is not known");
  }
  if (person.ok()) {
    person->set_linked_appservice_uid(appservice.appservice().uid());
    person->set_registry_revision(
        std::max(person->registry_revision(), appservice.registry_revision()));
  }
  co_return person;
}

asio::awaitable<absl::StatusOr<homeserver_pb::Principal>>
Authenticator::AssertDevice(Principal appservice, const HttpRequest& request,
                            const server::CallContext& call) {
  using Async = homeserver_pb::Accounts::StubInterface::async_interface;
  const QueryParameters& query = request.parsed.query;
  const absl::string_view specified = query.FirstOrEmpty("device_id");
  const absl::string_view device_id =
      specified.empty() ? query.FirstOrEmpty("org.matrix.msc3202.device_id")
                        : specified;
  if (device_id.empty()) co_return appservice;
  homeserver_pb::WhoAmIRequest who;
  *who.mutable_principal() = appservice;
  who.mutable_principal()->mutable_appservice()->set_device_id(
      std::string(device_id));
  const absl::Status known =
      (co_await server::AwaitCall(call, accounts_.async(), &Async::WhoAmI, who))
          .status();
  if (known.ok()) co_return who.principal();
  if (specified.empty() && GetErrcode(known) == "M_UNKNOWN_DEVICE") {
    co_return appservice;
  }
  co_return known;
}

}  // namespace causeway::gateway
