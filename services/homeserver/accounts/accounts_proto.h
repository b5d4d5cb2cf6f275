#ifndef CAUSEWAY_SERVICES_HOMESERVER_ACCOUNTS_ACCOUNTS_PROTO_H_
#define CAUSEWAY_SERVICES_HOMESERVER_ACCOUNTS_ACCOUNTS_PROTO_H_

#include <string>

#include "absl/status/statusor.h"
#include "causeway/homeserver/v1/homeserver.pb.h"
#include "services/homeserver/accounts/profile.h"
#include "services/homeserver/accounts/sessions.h"
#include "services/homeserver/accounts/user_store.h"
#include "services/shared/matrix/identifiers.h"

// What this folder's services say, between the domain and the contract.
namespace causeway::homeserver {

v1::Session SessionToProto(const Session& session);
v1::Profile ProfileToProto(const Profile& profile);
Profile ProfileFromProto(const v1::Profile& proto);
v1::ListUsersResponse::User UserSummaryToProto(const UserSummary& user);

// A user ID, or the localpart of one on this server.
absl::StatusOr<matrix::UserId> UserFromProto(
    const std::string& user, const matrix::ServerName& server_name);

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_ACCOUNTS_ACCOUNTS_PROTO_H_
