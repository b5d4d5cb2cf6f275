#include "services/homeserver/user_directory/user_directory_service.h"

#include <utility>

#include "absl/status/statusor.h"
#include "services/homeserver/accounts/accounts_proto.h"
#include "services/homeserver/principal_proto.h"
#include "services/shared/status/status_macros.h"

namespace causeway::homeserver {

UserDirectoryService::UserDirectoryService(UserFinder& finder,
                                           KnownCallers& callers)
    : finder_(finder), callers_(callers) {}

grpc::ServerUnaryReactor* UserDirectoryService::SearchUsers(
    grpc::CallbackServerContext* context, const v1::SearchUsersRequest* request,
    v1::SearchUsersResponse* response) {
  return callers_.Serve(
      context, request, response,
      [this](const Caller& caller, const v1::SearchUsersRequest& request)
          -> absl::StatusOr<v1::SearchUsersResponse> {
        CAUSEWAY_ASSIGN_OR_RETURN(
            FoundUsers found,
            finder_.Find(caller.acting.user_id, request.search_term(),
                         request.limit()));
        v1::SearchUsersResponse answer;
        answer.set_limited(found.limited);
        for (FoundUser& user : found.users) {
          v1::SearchUsersResponse::User& one = *answer.add_users();
          one.set_user_id(std::move(user.user_id));
          *one.mutable_profile() = ProfileToProto(user.profile);
        }
        return answer;
      });
}

}  // namespace causeway::homeserver
