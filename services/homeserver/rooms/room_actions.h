#ifndef CAUSEWAY_SERVICES_HOMESERVER_ROOMS_ROOM_ACTIONS_H_
#define CAUSEWAY_SERVICES_HOMESERVER_ROOMS_ROOM_ACTIONS_H_

#include <boost/asio/awaitable.hpp>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/homeserver/accounts/accounts.h"
#include "services/homeserver/accounts/user_discovery.h"
#include "services/homeserver/principal_proto.h"
#include "services/homeserver/rooms/alias_directory.h"
#include "services/homeserver/rooms/alias_resolver.h"
#include "services/homeserver/rooms/event_redactor.h"
#include "services/homeserver/rooms/event_sender.h"
#include "services/homeserver/rooms/membership_changes.h"
#include "services/homeserver/rooms/room_content.h"
#include "services/homeserver/rooms/room_creation.h"
#include "services/homeserver/rooms/room_directory.h"
#include "services/homeserver/rooms/room_founding.h"
#include "services/shared/matrix/identifiers.h"
#include "services/shared/server/call_context.h"

namespace causeway::homeserver {

// What somebody does to rooms, from permission to commit: first whether they
// may touch the IDs (authorization.h), then whoever they mean is made known,
// which may take a question to an application service, then the one transaction
// that decides by the room's own rules and writes.
//
// `caller` is who acts, and exists. Thread-safe. The stores are called on the
// coroutine's executor, which must be one whose threads may block.
class RoomActions {
 public:
  // What it works with. All must outlive the actions.
  struct Parts {
    Accounts& accounts;
    UserDiscovery& discovery;
    AliasResolver& resolver;
    AliasDirectory& aliases;
    RoomFounding& founding;
    MembershipChanges& memberships;
    EventSender& sender;
    EventRedactor& redactor;
    RoomDirectory& directory;
  };

  explicit RoomActions(Parts parts);

  // Errors of RoomFounding::CreateRoom(), MayManageAlias() and, for those who
  // are invited, UserDiscovery. The profiles of `request.invites` are filled
  // in here.
  boost::asio::awaitable<absl::StatusOr<matrix::RoomId>> CreateRoom(
      Caller caller, RoomRequest request, server::CallContext call);

  // By room ID or alias. Errors of AliasResolver and MembershipChanges.
  boost::asio::awaitable<absl::StatusOr<matrix::RoomId>> Join(
      Caller caller, std::string room_id_or_alias, std::string reason,
      server::CallContext call);

  // Errors of MembershipChanges and, for an invitation, UserDiscovery.
  boost::asio::awaitable<absl::Status> ChangeMembership(
      Caller caller, matrix::RoomId room_id, MembershipAction action,
      matrix::UserId target, std::string reason, server::CallContext call);

  // Errors of MembershipChanges.
  absl::Status Forget(const Caller& caller, const matrix::RoomId& room_id);

  // Errors of EventSender and, for an m.room.member of somebody else,
  // UserDiscovery. An m.room.redaction that is sent does what Redact() does, to
  // the event that `redacts` names in its content.
  boost::asio::awaitable<absl::StatusOr<std::string>> Send(
      Caller caller, SendRequest request, server::CallContext call);

  // Errors of EventRedactor.
  absl::StatusOr<std::string> Redact(const Caller& caller,
                                     const RedactRequest& request);

  // On the server's list or, with `network_id`, on the caller's, which then has
  // to be an application service: else PERMISSION_DENIED (M_FORBIDDEN). Errors
  // of RoomDirectory and NetworkList().
  absl::Status SetVisibility(const Caller& caller,
                             const matrix::RoomId& room_id,
                             const std::string& network_id, bool is_public);

  // Errors of AliasDirectory and MayManageAlias().
  absl::Status CreateAlias(const Caller& caller, const matrix::RoomAlias& alias,
                           const matrix::RoomId& room_id);
  absl::Status DeleteAlias(const Caller& caller,
                           const matrix::RoomAlias& alias);

 private:
  absl::StatusOr<std::string> SendRedaction(const Caller& caller,
                                            SendRequest request);
  // With the profile that they have; an empty one for who has none.
  absl::StatusOr<Member> MemberOf(const matrix::UserId& user_id);
  // The same, after asking about who isn't known. PERMISSION_DENIED
  // (M_FORBIDDEN) for who stays unknown.
  boost::asio::awaitable<absl::StatusOr<Member>> DiscoverMember(
      matrix::UserId user_id, std::string caused_by_appservice_uid,
      server::CallContext call);

  const Parts parts_;
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_ROOMS_ROOM_ACTIONS_H_
