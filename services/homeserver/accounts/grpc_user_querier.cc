#include "services/homeserver/accounts/grpc_user_querier.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "services/homeserver/await_query.h"
#include "services/homeserver/query_outcome_proto.h"
#include "services/shared/status/status_macros.h"

namespace causeway::homeserver {
namespace {

namespace pb = causeway::query::v1;

std::optional<std::string> TextUnlessEmpty(const std::string& text) {
  if (text.empty()) return std::nullopt;
  return text;
}

}  // namespace

GrpcUserQuerier::GrpcUserQuerier(pb::QueryProxy::StubInterface& stub,
                                 const registry_watch::LatestSnapshot& registry,
                                 absl::Duration deadline, const Clock& clock)
    : stub_(stub), registry_(registry), deadline_(deadline), clock_(clock) {}

boost::asio::awaitable<absl::StatusOr<UserAnswer>> GrpcUserQuerier::QueryUser(
    matrix::UserId user_id, std::string caused_by_appservice_uid,
    server::CallContext call) {
  call.deadline = std::min(call.deadline, clock_.Now() + deadline_);
  pb::QueryUserRequest request;
  request.set_user_id(user_id.str());
  request.set_min_registry_revision(registry_.Snapshot()->revision());
  request.set_caused_by_appservice_uid(std::move(caused_by_appservice_uid));
  using Async = pb::QueryProxy::StubInterface::async_interface;
  CAUSEWAY_CO_ASSIGN_OR_RETURN(
      pb::QueryUserResponse response,
      co_await AwaitQuery(std::move(call), stub_.async(), &Async::QueryUser,
                          std::move(request), clock_));
  co_return UserAnswer{
      .outcome = QueryOutcomeFromProto(response.outcome()),
      .profile = {.display_name = TextUnlessEmpty(response.display_name()),
                  .avatar_url = TextUnlessEmpty(response.avatar_url())}};
}

}  // namespace causeway::homeserver
