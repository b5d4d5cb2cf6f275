#ifndef CAUSEWAY_SERVICES_HOMESERVER_USER_DIRECTORY_USER_DIRECTORY_SERVICE_H_
#define CAUSEWAY_SERVICES_HOMESERVER_USER_DIRECTORY_USER_DIRECTORY_SERVICE_H_

#include "causeway/homeserver/v1/user_directory.grpc.pb.h"
#include "services/homeserver/accounts/known_callers.h"
#include "services/homeserver/user_directory/user_finder.h"

namespace causeway::homeserver {

// causeway.homeserver.v1.UserDirectory: finds out who asks, calls the domain,
// encodes.
//
// Thread-safe.
class UserDirectoryService final : public v1::UserDirectory::CallbackService {
 public:
  // Both must outlive the service.
  UserDirectoryService(UserFinder& finder, KnownCallers& callers);

  grpc::ServerUnaryReactor* SearchUsers(
      grpc::CallbackServerContext* context,
      const v1::SearchUsersRequest* request,
      v1::SearchUsersResponse* response) override;

 private:
  UserFinder& finder_;
  KnownCallers& callers_;
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_USER_DIRECTORY_USER_DIRECTORY_SERVICE_H_
