#ifndef CAUSEWAY_SERVICES_GATEWAY_AUTHENTICATOR_H_
#define CAUSEWAY_SERVICES_GATEWAY_AUTHENTICATOR_H_

#include <boost/asio/awaitable.hpp>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "causeway/homeserver/v1/homeserver.grpc.pb.h"
#include "causeway/registry/v1/registry.grpc.pb.h"
#include "services/gateway/concurrency_limit.h"
#include "services/gateway/heard_appservices.h"
#include "services/gateway/http/http_message.h"
#include "services/shared/clock/clock.h"
#include "services/shared/registry_watch/latest_snapshot.h"
#include "services/shared/server/call_context.h"

namespace causeway::gateway {

// Whether the request carries an access token at all.
bool HasToken(const HttpRequest& request);

// Finds out who asks: the one place that turns an access token and the
// parameters that go with it into a Principal. Whether that principal may act
// as the user it asserts is not decided here, but by the homeserver.
// Source: https://spec.matrix.org/v1.17/client-server-api/#using-access-tokens
// Source: https://spec.matrix.org/v1.17/application-service-api/#identity-assertion
//
// The token comes as `Authorization: Bearer`, or as the parameter
// `access_token`. With an as_token, `user_id` is whom the application service
// asserts to be, and `user_token` (the draft's) is a person's token, as whom it
// then acts. `device_id` is as which of that user's devices it acts; so is
// `org.matrix.msc3202.device_id`, from before it was specified, but there an
// unknown device is ignored as an unknown parameter would be. With a person's
// token all of these mean nothing and are ignored.
//
// A token that an application service got for one of its users is nobody's once
// that has unregistered.
//
// M_UNKNOWN_TOKEN makes clients log out for good. So it is only said when both
// who could know the token, homeserver and registry, have said that they don't;
// while either can't be asked it is 503.
//
// Thread-safe.
class Authenticator {
 public:
  // All must outlive the authenticator. `heard` is told of each good as_token.
  Authenticator(registry_watch::LatestSnapshot& latest,
                registry::v1::Registry::StubInterface& registry,
                homeserver::v1::Accounts::StubInterface& accounts,
                HeardAppservices& heard, const Clock& clock);

  // Whether the request carries an application service's token, as far as is
  // known without asking.
  bool KnowsAppservice(const HttpRequest& request) const;

  // UNAUTHENTICATED (M_MISSING_TOKEN, M_UNKNOWN_TOKEN); PERMISSION_DENIED
  // (M_FORBIDDEN) for an unknown `user_token`; INVALID_ARGUMENT for `user_id`
  // beside `user_token`, and (M_UNKNOWN_DEVICE) for an unknown `device_id`;
  // UNAVAILABLE.
  boost::asio::awaitable<absl::StatusOr<homeserver::v1::Principal>>
  Authenticate(const HttpRequest& request, const server::CallContext& call);

 private:
  using Principal = homeserver::v1::Principal;

  // Whose as_token it is, by the snapshot. Nobody's once its grant has expired:
  // then the registry has the word.
  std::optional<Principal> FindAppservice(absl::string_view token_sha256) const;
  // The same by the registry itself, for a token so new that the snapshot
  // hasn't it yet. UNAUTHENTICATED (M_UNKNOWN_TOKEN); UNAVAILABLE.
  boost::asio::awaitable<absl::StatusOr<Principal>> AskRegistry(
      std::string token_sha256, server::CallContext call);
  // Whose token it is among people. As AskRegistry.
  boost::asio::awaitable<absl::StatusOr<Principal>> AskHomeserver(
      std::string token_sha256, server::CallContext call);
  // Fills in as which device it acts, if the parameters say so.
  boost::asio::awaitable<absl::StatusOr<Principal>> AssertDevice(
      Principal appservice, const HttpRequest& request,
      const server::CallContext& call);
  // Fills in as whom the application service acts.
  boost::asio::awaitable<absl::StatusOr<Principal>> Assert(
      Principal appservice, const HttpRequest& request,
      const server::CallContext& call);

  registry_watch::LatestSnapshot& latest_;
  registry::v1::Registry::StubInterface& registry_;
  homeserver::v1::Accounts::StubInterface& accounts_;
  HeardAppservices& heard_;
  const Clock& clock_;
  ConcurrencyLimit asking_homeserver_;
};

}  // namespace causeway::gateway

#endif  // CAUSEWAY_SERVICES_GATEWAY_AUTHENTICATOR_H_
