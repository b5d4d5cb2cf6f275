#include "services/gateway/registration_routes.h"

#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/gateway/registration_json.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/registry_watch/await_revision.h"
#include "services/shared/server/await_call.h"
#include "services/shared/status/status_macros.h"

namespace causeway::gateway {
namespace {

namespace asio = boost::asio;
namespace push_pb = causeway::push::v1;
namespace registry_pb = causeway::registry::v1;

using RegistryAsync = registry_pb::Registry::StubInterface::async_interface;
using PushAsync = push_pb::PushDispatcher::StubInterface::async_interface;

constexpr std::chrono::milliseconds kRetryPause(100);

absl::Status NotInForceYet(absl::string_view where) {
  // With an errcode, since this is told to the client.
  return matrix::MakeError(
      absl::StatusCode::kUnavailable, "M_UNKNOWN",
      absl::StrCat("the change is stored but not in force yet in ", where,
                   "; repeat the request"));
}

}  // namespace

RegistrationRoutes::RegistrationRoutes(
    Options options, registry_pb::Registry::StubInterface& registry,
    server::Replicas<push_pb::PushDispatcher>& push_dispatchers,
    registry_watch::LatestSnapshot& latest, const Clock& clock,
    HeardAppservices& heard)
    : options_(options),
      registry_(registry),
      push_dispatchers_(push_dispatchers),
      latest_(latest),
      clock_(clock),
      heard_(heard) {}

RouteTable RegistrationRoutes::Routes() {
  RouteTable table;
  // The draft names no prefix; its implementations had one.
  for (const char* prefix : {"", "/_matrix/appservice/v1"}) {
    table.push_back({.pattern = {"POST", absl::StrCat(prefix, "/register"), {}},
                     .auth = RouteAuth::kNone,
                     .handler = [this](const RoutedRequest& request) {
                       return Register(request);
                     }});
    table.push_back(
        {.pattern = {"POST", absl::StrCat(prefix, "/unregister"), {}},
         .auth = RouteAuth::kNone,
         .handler = [this](const RoutedRequest& request) {
           return Unregister(request);
         }});
  }
  return table;
}

RegistrationRoutes::Answer RegistrationRoutes::Register(
    const RoutedRequest& request) {
  CAUSEWAY_CO_ASSIGN_OR_RETURN(registry_pb::RegisterRequest registration,
                               ParseRegistration(request.http.body));
  CAUSEWAY_CO_ASSIGN_OR_RETURN(
      const registry_pb::RegisterResponse registered,
      co_await server::AwaitCall(request.call, registry_.async(),
                                 &RegistryAsync::Register,
                                 std::move(registration)));
  CAUSEWAY_CO_RETURN_IF_ERROR(
      co_await AwaitInForce(registered.revision(), request.call));
  // Bridges of the draft register whenever they start.
  heard_.Heard(registered.appservice().uid());
  co_return JsonResponse(RegistrationAnswer(registered));
}

RegistrationRoutes::Answer RegistrationRoutes::Unregister(
    const RoutedRequest& request) {
  CAUSEWAY_CO_ASSIGN_OR_RETURN(registry_pb::UnregisterRequest unregistration,
                               ParseUnregistration(request.http.body));
  CAUSEWAY_CO_ASSIGN_OR_RETURN(
      const registry_pb::UnregisterResponse unregistered,
      co_await server::AwaitCall(request.call, registry_.async(),
                                 &RegistryAsync::Unregister,
                                 std::move(unregistration)));
  CAUSEWAY_CO_RETURN_IF_ERROR(
      co_await AwaitInForce(unregistered.revision(), request.call));
  co_return HttpResponse();
}

asio::awaitable<absl::Status> RegistrationRoutes::AwaitInForce(
    int64_t revision, server::CallContext call) {
  const absl::Time give_up = clock_.Now() + options_.in_force_timeout;
  call.deadline = std::min(call.deadline, give_up);
  const absl::Status applied = co_await AwaitApplied(revision, call);
  if (!applied.ok()) co_return NotInForceYet("push_dispatcher");
  const absl::Status reached = co_await registry_watch::AwaitRevision(
      latest_, revision, give_up - clock_.Now());
  if (!reached.ok()) co_return NotInForceYet("the gateway");
  co_return absl::OkStatus();
}

// Services start in any order, and an application service registers when it
// starts: so one that is away is waited for, and one that hangs isn't.
asio::awaitable<absl::Status> RegistrationRoutes::AwaitApplied(
    int64_t revision, server::CallContext call) {
  push_pb::AwaitRevisionRequest request;
  request.set_revision(revision);
  asio::steady_timer pause(co_await asio::this_coro::executor);
  for (;;) {
    server::CallContext one_try = call;
    one_try.deadline =
        std::min(call.deadline, clock_.Now() + options_.try_timeout);
    auto& stub = push_dispatchers_.current();
    const absl::Status applied =
        (co_await server::AwaitCall(one_try, stub.async(),
                                    &PushAsync::AwaitRevision, request))
            .status();
    push_dispatchers_.Answered(stub, applied);
    const bool worth_another =
        absl::IsUnavailable(applied) || absl::IsDeadlineExceeded(applied);
    if (!worth_another || clock_.Now() >= call.deadline) co_return applied;
    pause.expires_after(kRetryPause);
    co_await pause.async_wait(asio::use_awaitable);
  }
}

}  // namespace causeway::gateway
