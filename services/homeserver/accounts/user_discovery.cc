#include "services/homeserver/accounts/user_discovery.h"

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/homeserver/query_outcome.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/registry_watch/registry_snapshot.h"
#include "services/shared/status/status_macros.h"

namespace causeway::homeserver {
namespace {

using registry_watch::Registration;
using registry_watch::RegistrySnapshot;

absl::Status NoSuchUser(const matrix::UserId& user_id) {
  return matrix::NotFound(absl::StrCat("user ", user_id.str()));
}

// Whether it is the user that an application service has of its own, which
// exists without being registered.
bool IsSenderOfAppservice(const RegistrySnapshot& snapshot,
                          const matrix::UserId& user_id) {
  const Registration* owner =
      snapshot.ExclusiveOwner(RegistrySnapshot::Kind::kUsers, user_id.str());
  return owner != nullptr && user_id.localpart() == owner->sender_localpart;
}

}  // namespace

UserDiscovery::UserDiscovery(Accounts& accounts,
                             const registry_watch::LatestSnapshot& registry,
                             UserQuerier& querier,
                             matrix::ServerName server_name)
    : accounts_(accounts),
      registry_(registry),
      querier_(querier),
      server_name_(std::move(server_name)) {}

absl::Status UserDiscovery::EnsureUserKnownHere(const matrix::UserId& user_id) {
  // There is no federation: others' users are not to be found.
  if (user_id.server_name() != server_name_.str()) return NoSuchUser(user_id);
  CAUSEWAY_ASSIGN_OR_RETURN(bool exists, accounts_.UserExists(user_id));
  if (exists) return absl::OkStatus();
  CAUSEWAY_RETURN_IF_ERROR(registry_watch::CheckReady(registry_));
  if (IsSenderOfAppservice(*registry_.Snapshot(), user_id)) {
    return accounts_.EnsureGhost(user_id, {});
  }
  return NoSuchUser(user_id);
}

boost::asio::awaitable<absl::Status> UserDiscovery::EnsureUserKnown(
    matrix::UserId user_id, std::string caused_by_appservice_uid,
    server::CallContext call) {
  absl::Status known_here = EnsureUserKnownHere(user_id);
  if (!absl::IsNotFound(known_here)) co_return known_here;
  if (user_id.server_name() != server_name_.str() ||
      registry_.Snapshot()
          ->Interested(RegistrySnapshot::Kind::kUsers, user_id.str())
          .empty()) {
    co_return NoSuchUser(user_id);
  }
  absl::StatusOr<UserAnswer> answer = co_await querier_.QueryUser(
      user_id, std::move(caused_by_appservice_uid), std::move(call));
  if (answer.ok() && answer->outcome == QueryOutcome::kCreate) {
    co_return accounts_.EnsureGhost(user_id, answer->profile);
  }
  // Nobody has been asked: the client is to come back later.
  if (absl::IsResourceExhausted(answer.status())) co_return answer.status();
  // Whatever it said, or didn't: only a look decides whether it has created
  // the user meanwhile.
  CAUSEWAY_CO_ASSIGN_OR_RETURN(bool exists, accounts_.UserExists(user_id));
  if (exists) co_return absl::OkStatus();
  if (!answer.ok() || answer->outcome == QueryOutcome::kNoAnswer) {
    co_return matrix::QueryTimedOut(user_id.str());
  }
  co_return NoSuchUser(user_id);
}

boost::asio::awaitable<absl::Status> UserDiscovery::EnsureActorKnown(
    ActingUser actor, server::CallContext call) {
  // A person has logged in, so it exists.
  if (!actor.is_own_user) co_return absl::OkStatus();
  absl::Status known = co_await EnsureUserKnown(
      actor.user_id, actor.appservice_uid, std::move(call));
  if (!absl::IsNotFound(known)) co_return known;
  co_return matrix::Forbidden(
      absl::StrCat("user ", actor.user_id.str(), " does not exist"));
}

}  // namespace causeway::homeserver
