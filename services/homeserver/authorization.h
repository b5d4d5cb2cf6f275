#ifndef CAUSEWAY_SERVICES_HOMESERVER_AUTHORIZATION_H_
#define CAUSEWAY_SERVICES_HOMESERVER_AUTHORIZATION_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/homeserver/principal.h"
#include "services/shared/matrix/identifiers.h"
#include "services/shared/registry_watch/registry_snapshot.h"

// Whether a principal may touch an ID: the homeserver's one place for it.
// Source: https://spec.matrix.org/v1.17/application-service-api/#identity-assertion
// Source: https://spec.matrix.org/v1.17/application-service-api/#server-admin-style-permissions
//
// Pure functions of a registry snapshot and the principal. What a room's
// power levels allow is another matter and lives with the rooms.
//
// Exclusivity is any-match: an ID belongs to every application service with
// an exclusive namespace that matches it, however many wide namespaces that
// aren't exclusive match it too. As long as the registry has not been heard of,
// UNAVAILABLE is the answer to whose an ID is.
namespace causeway::homeserver {

// A principal that may act, and as whom.
struct ActingUser {
  matrix::UserId user_id;
  // Empty for an application service that doesn't name one of the user's.
  std::string device_id;
  // The `ts` parameter counts: an application service stands behind it.
  bool may_massage_timestamps = false;
  // The application service that acts here, as its own user, as one of its
  // namespace or as a person who linked it. Empty: a person, directly.
  std::string appservice_uid;
  // The user ID is the application service's to use: in its users namespaces,
  // or its own user. So it may be created when it doesn't exist.
  bool is_own_user = false;
  // By whose rights the access token was made, if not by a password.
  std::string token_appservice_uid = "";
  // What client transaction IDs are scoped by: the access token, with the
  // application service that uses it too, or the application service and the
  // user.
  std::string txn_scope;
};

// Whom `principal` acts as. PERMISSION_DENIED (M_FORBIDDEN) when an application
// service asserts a user that is neither in its users namespaces nor its own,
// or of another server; likewise by a token that it got for a user which is no
// longer in them. UNAUTHENTICATED (M_UNKNOWN_TOKEN) when it has unregistered;
// UNAVAILABLE when it is `snapshot` that is behind the gateway.
absl::StatusOr<ActingUser> ResolveActingUser(
    const registry_watch::RegistrySnapshot& snapshot,
    const matrix::ServerName& server_name, const Principal& principal);

// Whether `creator` may create `user_id`, or as an application service end it;
// null: a person who registers.
// ALREADY_EXISTS (M_EXCLUSIVE) for a person or another application service in
// an exclusive namespace, or an application service outside its own. Errors of
// ResolveActingUser but PERMISSION_DENIED.
absl::Status MayCreateUser(const registry_watch::RegistrySnapshot& snapshot,
                           const Principal* creator,
                           const matrix::UserId& user_id);

// Whether `acting` may change what the user is to others: profile, sessions,
// devices and their keys. An application service may act as more users than
// those: one of a namespace that isn't exclusive may be in another's that is.
// ALREADY_EXISTS (M_EXCLUSIVE).
absl::Status MayEditUser(const registry_watch::RegistrySnapshot& snapshot,
                         const ActingUser& acting);

// Whether `principal` may create or delete `room_alias`, as far as namespaces
// go. INVALID_ARGUMENT (M_INVALID_PARAM) for one of another server. Errors of
// MayCreateUser.
absl::Status MayManageAlias(const registry_watch::RegistrySnapshot& snapshot,
                            const Principal& principal,
                            const matrix::RoomAlias& room_alias);

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_AUTHORIZATION_H_
