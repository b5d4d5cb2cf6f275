#include "services/homeserver/rooms/room_actions.h"

#include <optional>
#include <utility>
#include <variant>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "services/homeserver/accounts/profile.h"
#include "services/homeserver/authorization.h"
#include "services/homeserver/principal.h"
#include "services/homeserver/rooms/event_types.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/matrix/json.h"
#include "services/shared/status/status_macros.h"

namespace causeway::homeserver {
namespace {

// Whom a state event is about, if that is somebody else than who sends it: an
// invitation may be written as a state event too.
std::optional<matrix::UserId> OtherMemberAt(
    absl::string_view type, const std::optional<std::string>& state_key,
    const matrix::UserId& sender) {
  if (type != kMemberType || !state_key.has_value()) return std::nullopt;
  absl::StatusOr<matrix::UserId> user = matrix::UserId::Parse(*state_key);
  if (!user.ok() || *user == sender) return std::nullopt;
  return *std::move(user);
}

// A redaction that is sent as an event is.
absl::StatusOr<RedactRequest> RedactionIn(SendRequest request) {
  CAUSEWAY_ASSIGN_OR_RETURN(matrix::Json content,
                            matrix::ParseObject(request.content_json));
  CAUSEWAY_ASSIGN_OR_RETURN(std::string redacts,
                            matrix::GetString(content, "redacts"));
  CAUSEWAY_ASSIGN_OR_RETURN(matrix::EventId event_id,
                            matrix::EventId::Parse(redacts, "redacts"));
  CAUSEWAY_ASSIGN_OR_RETURN(std::optional<std::string> reason,
                            matrix::GetOptionalString(content, "reason"));
  return RedactRequest{.room_id = std::move(request.room_id),
                       .event_id = std::move(event_id),
                       .reason = std::move(reason).value_or(""),
                       .txn_id = std::move(request.txn_id),
                       .origin_server_ts = request.origin_server_ts};
}

}  // namespace

RoomActions::RoomActions(Parts parts) : parts_(parts) {}

absl::StatusOr<Member> RoomActions::MemberOf(const matrix::UserId& user_id) {
  absl::StatusOr<Profile> profile = parts_.accounts.GetProfile(user_id);
  if (!profile.ok() && !absl::IsNotFound(profile.status())) {
    return profile.status();
  }
  return Member{.user_id = user_id,
                .profile = profile.ok() ? *std::move(profile) : Profile()};
}

boost::asio::awaitable<absl::StatusOr<Member>> RoomActions::DiscoverMember(
    matrix::UserId user_id, std::string caused_by_appservice_uid,
    server::CallContext call) {
  absl::Status known = co_await parts_.discovery.EnsureUserKnown(
      user_id, std::move(caused_by_appservice_uid), std::move(call));
  if (absl::IsNotFound(known)) {
    co_return matrix::Forbidden(
        absl::StrCat("user ", user_id.str(), " does not exist"));
  }
  CAUSEWAY_CO_RETURN_IF_ERROR(known);
  co_return MemberOf(user_id);
}

boost::asio::awaitable<absl::StatusOr<matrix::RoomId>> RoomActions::CreateRoom(
    Caller caller, RoomRequest request, server::CallContext call) {
  if (request.alias.has_value()) {
    CAUSEWAY_CO_RETURN_IF_ERROR(
        MayManageAlias(*caller.snapshot, caller.principal, *request.alias));
  }
  for (Member& invited : request.invites) {
    CAUSEWAY_CO_ASSIGN_OR_RETURN(
        invited, co_await DiscoverMember(invited.user_id,
                                         caller.acting.appservice_uid, call));
  }
  for (const InitialState& state : request.initial_state) {
    std::optional<matrix::UserId> other =
        OtherMemberAt(state.type, state.state_key, caller.acting.user_id);
    if (!other.has_value()) continue;
    CAUSEWAY_CO_RETURN_IF_ERROR(
        (co_await DiscoverMember(*std::move(other),
                                 caller.acting.appservice_uid, call))
            .status());
  }
  CAUSEWAY_CO_ASSIGN_OR_RETURN(Member creator, MemberOf(caller.acting.user_id));
  co_return parts_.founding.CreateRoom(request, creator);
}

boost::asio::awaitable<absl::StatusOr<matrix::RoomId>> RoomActions::Join(
    Caller caller, std::string room_id_or_alias, std::string reason,
    server::CallContext call) {
  absl::StatusOr<matrix::RoomId> room_id;
  if (absl::StartsWith(room_id_or_alias, "#")) {
    CAUSEWAY_CO_ASSIGN_OR_RETURN(
        matrix::RoomAlias alias,
        matrix::RoomAlias::Parse(room_id_or_alias, "roomIdOrAlias"));
    room_id = co_await parts_.resolver.Resolve(
        std::move(alias), caller.acting.appservice_uid, std::move(call));
  } else {
    room_id = matrix::RoomId::Parse(room_id_or_alias, "roomIdOrAlias");
  }
  if (!room_id.ok()) co_return room_id.status();
  CAUSEWAY_CO_ASSIGN_OR_RETURN(Member member, MemberOf(caller.acting.user_id));
  CAUSEWAY_CO_RETURN_IF_ERROR(
      parts_.memberships.Join(*room_id, member, reason));
  co_return *std::move(room_id);
}

boost::asio::awaitable<absl::Status> RoomActions::ChangeMembership(
    Caller caller, matrix::RoomId room_id, MembershipAction action,
    matrix::UserId target, std::string reason, server::CallContext call) {
  Member member = {.user_id = target, .profile = {}};
  if (action == MembershipAction::kInvite) {
    CAUSEWAY_CO_ASSIGN_OR_RETURN(
        member,
        co_await DiscoverMember(std::move(target), caller.acting.appservice_uid,
                                std::move(call)));
  }
  co_return parts_.memberships.Change(room_id, caller.acting.user_id, action,
                                      member, reason);
}

absl::StatusOr<std::string> RoomActions::SendRedaction(const Caller& caller,
                                                       SendRequest request) {
  CAUSEWAY_ASSIGN_OR_RETURN(RedactRequest redaction,
                            RedactionIn(std::move(request)));
  return Redact(caller, redaction);
}

boost::asio::awaitable<absl::StatusOr<std::string>> RoomActions::Send(
    Caller caller, SendRequest request, server::CallContext call) {
  if (request.type == kRedactionType && !request.state_key.has_value()) {
    co_return SendRedaction(caller, std::move(request));
  }
  std::optional<matrix::UserId> other =
      OtherMemberAt(request.type, request.state_key, caller.acting.user_id);
  if (other.has_value()) {
    CAUSEWAY_CO_RETURN_IF_ERROR(
        (co_await DiscoverMember(*std::move(other),
                                 caller.acting.appservice_uid, std::move(call)))
            .status());
  }
  co_return parts_.sender.Send(caller.acting, request);
}

absl::StatusOr<std::string> RoomActions::Redact(const Caller& caller,
                                                const RedactRequest& request) {
  return parts_.redactor.Redact(caller.acting, request);
}

absl::Status RoomActions::Forget(const Caller& caller,
                                 const matrix::RoomId& room_id) {
  return parts_.memberships.Forget(room_id, caller.acting.user_id);
}

absl::Status RoomActions::SetVisibility(const Caller& caller,
                                        const matrix::RoomId& room_id,
                                        const std::string& network_id,
                                        bool is_public) {
  std::string list = kServerList;
  if (!network_id.empty()) {
    const auto* appservice =
        std::get_if<AppserviceCaller>(&caller.principal.actor);
    if (appservice == nullptr) {
      return matrix::Forbidden("only application services have networks");
    }
    // ResolveActingUser() has found it in the same snapshot.
    CAUSEWAY_ASSIGN_OR_RETURN(
        list, NetworkList(caller.snapshot->FindByUid(appservice->uid)->id,
                          network_id));
  }
  return parts_.directory.SetVisibility(caller.acting.user_id, room_id, list,
                                        is_public);
}

absl::Status RoomActions::CreateAlias(const Caller& caller,
                                      const matrix::RoomAlias& alias,
                                      const matrix::RoomId& room_id) {
  CAUSEWAY_RETURN_IF_ERROR(
      MayManageAlias(*caller.snapshot, caller.principal, alias));
  return parts_.aliases.Add({alias, room_id, caller.acting.user_id});
}

absl::Status RoomActions::DeleteAlias(const Caller& caller,
                                      const matrix::RoomAlias& alias) {
  CAUSEWAY_RETURN_IF_ERROR(
      MayManageAlias(*caller.snapshot, caller.principal, alias));
  // An application service may only manage what lies in its namespaces.
  const bool owns_namespace =
      std::holds_alternative<AppserviceCaller>(caller.principal.actor);
  return parts_.aliases.Remove(alias, caller.acting.user_id, owns_namespace);
}

}  // namespace causeway::homeserver
