#ifndef CAUSEWAY_SERVICES_HOMESERVER_ACCOUNTS_ACCOUNTS_SERVICE_H_
#define CAUSEWAY_SERVICES_HOMESERVER_ACCOUNTS_ACCOUNTS_SERVICE_H_

#include <boost/asio/awaitable.hpp>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "causeway/homeserver/v1/homeserver.grpc.pb.h"
#include "services/homeserver/accounts/accounts.h"
#include "services/homeserver/accounts/credentials.h"
#include "services/homeserver/accounts/filters.h"
#include "services/homeserver/accounts/profile_listener.h"
#include "services/homeserver/accounts/sessions.h"
#include "services/homeserver/accounts/user_discovery.h"
#include "services/homeserver/accounts/user_registration.h"
#include "services/homeserver/principal_proto.h"
#include "services/homeserver/service_metrics.h"
#include "services/shared/matrix/identifiers.h"
#include "services/shared/registry_watch/latest_snapshot.h"
#include "services/shared/server/call_context.h"
#include "services/shared/server/executor.h"

namespace causeway::homeserver {

// causeway.homeserver.v1.Accounts: decodes, finds out who asks, calls the
// domain, encodes. Nothing waits on a gRPC thread; what may ask an application
// service holds none at all meanwhile.
//
// Thread-safe.
class AccountsService final : public v1::Accounts::CallbackService {
 public:
  // What it serves. All must outlive the service.
  struct Domain {
    Accounts& accounts;
    Sessions& sessions;
    Credentials& credentials;
    UserRegistration& registration;
    UserDiscovery& discovery;
    Filters& filters;
    ProfileListener& profile_listener;
    ServiceMetrics* metrics = nullptr;  // May be null.
  };

  // `registry` and `executor` must outlive the service.
  AccountsService(Domain domain, registry_watch::LatestSnapshot& registry,
                  matrix::ServerName server_name, server::Executor& executor);

  grpc::ServerUnaryReactor* Authenticate(
      grpc::CallbackServerContext* context,
      const v1::AuthenticateRequest* request,
      v1::AuthenticateResponse* response) override;
  grpc::ServerUnaryReactor* WhoAmI(grpc::CallbackServerContext* context,
                                   const v1::WhoAmIRequest* request,
                                   v1::WhoAmIResponse* response) override;
  grpc::ServerUnaryReactor* RegisterUser(grpc::CallbackServerContext* context,
                                         const v1::RegisterUserRequest* request,
                                         v1::Session* response) override;
  grpc::ServerUnaryReactor* LogIn(grpc::CallbackServerContext* context,
                                  const v1::LogInRequest* request,
                                  v1::Session* response) override;
  grpc::ServerUnaryReactor* LogOut(grpc::CallbackServerContext* context,
                                   const v1::LogOutRequest* request,
                                   v1::LogOutResponse* response) override;
  grpc::ServerUnaryReactor* GetProfile(grpc::CallbackServerContext* context,
                                       const v1::GetProfileRequest* request,
                                       v1::Profile* response) override;
  grpc::ServerUnaryReactor* SetProfile(
      grpc::CallbackServerContext* context,
      const v1::SetProfileRequest* request,
      v1::SetProfileResponse* response) override;
  grpc::ServerUnaryReactor* CreateFilter(
      grpc::CallbackServerContext* context,
      const v1::CreateFilterRequest* request,
      v1::CreateFilterResponse* response) override;
  grpc::ServerUnaryReactor* GetFilter(grpc::CallbackServerContext* context,
                                      const v1::GetFilterRequest* request,
                                      v1::GetFilterResponse* response) override;
  grpc::ServerUnaryReactor* CheckUsername(
      grpc::CallbackServerContext* context,
      const v1::CheckUsernameRequest* request,
      v1::CheckUsernameResponse* response) override;
  grpc::ServerUnaryReactor* ListUsers(grpc::CallbackServerContext* context,
                                      const v1::ListUsersRequest* request,
                                      v1::ListUsersResponse* response) override;

 private:
  template <typename Response>
  using Answer = boost::asio::awaitable<absl::StatusOr<Response>>;

  absl::StatusOr<v1::ListUsersResponse> HandleListUsers(
      const v1::ListUsersRequest& request);
  // One for each RPC that waits; `request` lives until it has ended.
  Answer<v1::WhoAmIResponse> HandleWhoAmI(const v1::WhoAmIRequest& request);
  Answer<v1::Session> HandleRegisterUser(
      const v1::RegisterUserRequest& request);
  Answer<v1::Session> HandleLogIn(const v1::LogInRequest& request,
                                  server::CallContext call);
  Answer<v1::LogOutResponse> HandleLogOut(const v1::LogOutRequest& request);
  Answer<v1::Profile> HandleGetProfile(const v1::GetProfileRequest& request,
                                       server::CallContext call);
  Answer<v1::SetProfileResponse> HandleSetProfile(
      const v1::SetProfileRequest& request, server::CallContext call);
  Answer<v1::CreateFilterResponse> HandleCreateFilter(
      const v1::CreateFilterRequest& request, server::CallContext call);
  Answer<v1::GetFilterResponse> HandleGetFilter(
      const v1::GetFilterRequest& request, server::CallContext call);

  Answer<Caller> AwaitCaller(v1::Principal principal);
  // The caller, if it acts as the user `user_id` and that user exists.
  // PERMISSION_DENIED (M_FORBIDDEN) otherwise.
  Answer<Caller> AwaitCallerAs(v1::Principal principal, std::string user_id,
                               server::CallContext call);

  const Domain domain_;
  registry_watch::LatestSnapshot& registry_;
  const matrix::ServerName server_name_;
  server::Executor& executor_;
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_ACCOUNTS_ACCOUNTS_SERVICE_H_
