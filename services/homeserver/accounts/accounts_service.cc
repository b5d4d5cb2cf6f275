#include "services/homeserver/accounts/accounts_service.h"

#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "services/homeserver/accounts/accounts_proto.h"
#include "services/homeserver/authorization.h"
#include "services/homeserver/principal.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/matrix/token.h"
#include "services/shared/matrix/utf8.h"
#include "services/shared/registry_watch/registry_snapshot.h"
#include "services/shared/server/paging.h"
#include "services/shared/server/unary.h"
#include "services/shared/status/status_macros.h"

namespace causeway::homeserver {
namespace {

using registry_watch::RegistrySnapshot;

// Of a RegisterUserRequest or a LogInRequest.
template <typename Request>
DeviceRequest DeviceRequestFromProto(const Request& request) {
  return {.device_id = request.device_id(),
          .display_name = request.initial_device_display_name()};
}

// Whether the application service that asks may itself be about to create
// `user_id`.
bool IsOwnUser(const Caller& caller, const matrix::UserId& user_id) {
  const auto* appservice =
      std::get_if<AppserviceCaller>(&caller.principal.actor);
  if (appservice == nullptr) return false;
  const registry_watch::Registration* registration =
      caller.snapshot->FindByUid(appservice->uid);
  return registration != nullptr &&
         caller.snapshot->InNamespace(
             *registration, RegistrySnapshot::Kind::kUsers, user_id.str());
}

}  // namespace

AccountsService::AccountsService(Domain domain,
                                 registry_watch::LatestSnapshot& registry,
                                 matrix::ServerName server_name,
                                 server::Executor& executor)
    : domain_(domain),
      registry_(registry),
      server_name_(std::move(server_name)),
      executor_(executor) {}

grpc::ServerUnaryReactor* AccountsService::Authenticate(
    grpc::CallbackServerContext* context,
    const v1::AuthenticateRequest* request,
    v1::AuthenticateResponse* response) {
  return server::PostUnary(
      executor_, context, response,
      [this, request](const server::CallContext&)
          -> absl::StatusOr<v1::AuthenticateResponse> {
        if (request->access_token_sha256().size() != matrix::kSha256Bytes) {
          return matrix::InvalidParam("access_token_sha256",
                                      "must have 32 bytes");
        }
        CAUSEWAY_ASSIGN_OR_RETURN(
            StoredDevice device,
            domain_.sessions.Authenticate(request->access_token_sha256()));
        v1::AuthenticateResponse answer;
        answer.set_user_id(device.user_id.str());
        answer.set_device_id(device.device_id);
        if (device.origin.has_value()) {
          answer.set_appservice_uid(device.origin->appservice_uid);
          answer.set_registry_revision(device.origin->registry_revision);
        }
        return answer;
      });
}

grpc::ServerUnaryReactor* AccountsService::WhoAmI(
    grpc::CallbackServerContext* context, const v1::WhoAmIRequest* request,
    v1::WhoAmIResponse* response) {
  return server::SpawnUnary(executor_, context, response,
                            [this, request](const server::CallContext&) {
                              return HandleWhoAmI(*request);
                            });
}

grpc::ServerUnaryReactor* AccountsService::RegisterUser(
    grpc::CallbackServerContext* context,
    const v1::RegisterUserRequest* request, v1::Session* response) {
  return server::SpawnUnary(executor_, context, response,
                            [this, request](const server::CallContext&) {
                              return HandleRegisterUser(*request);
                            });
}

grpc::ServerUnaryReactor* AccountsService::LogIn(
    grpc::CallbackServerContext* context, const v1::LogInRequest* request,
    v1::Session* response) {
  return server::SpawnUnary(executor_, context, response,
                            [this, request](const server::CallContext& call) {
                              return HandleLogIn(*request, call);
                            });
}

grpc::ServerUnaryReactor* AccountsService::LogOut(
    grpc::CallbackServerContext* context, const v1::LogOutRequest* request,
    v1::LogOutResponse* response) {
  return server::SpawnUnary(executor_, context, response,
                            [this, request](const server::CallContext&) {
                              return HandleLogOut(*request);
                            });
}

grpc::ServerUnaryReactor* AccountsService::GetProfile(
    grpc::CallbackServerContext* context, const v1::GetProfileRequest* request,
    v1::Profile* response) {
  return server::SpawnUnary(executor_, context, response,
                            [this, request](const server::CallContext& call) {
                              return HandleGetProfile(*request, call);
                            });
}

grpc::ServerUnaryReactor* AccountsService::SetProfile(
    grpc::CallbackServerContext* context, const v1::SetProfileRequest* request,
    v1::SetProfileResponse* response) {
  return server::SpawnUnary(executor_, context, response,
                            [this, request](const server::CallContext& call) {
                              return HandleSetProfile(*request, call);
                            });
}

grpc::ServerUnaryReactor* AccountsService::CreateFilter(
    grpc::CallbackServerContext* context,
    const v1::CreateFilterRequest* request,
    v1::CreateFilterResponse* response) {
  return server::SpawnUnary(executor_, context, response,
                            [this, request](const server::CallContext& call) {
                              return HandleCreateFilter(*request, call);
                            });
}

grpc::ServerUnaryReactor* AccountsService::GetFilter(
    grpc::CallbackServerContext* context, const v1::GetFilterRequest* request,
    v1::GetFilterResponse* response) {
  return server::SpawnUnary(executor_, context, response,
                            [this, request](const server::CallContext& call) {
                              return HandleGetFilter(*request, call);
                            });
}

grpc::ServerUnaryReactor* AccountsService::CheckUsername(
    grpc::CallbackServerContext* context,
    const v1::CheckUsernameRequest* request,
    v1::CheckUsernameResponse* response) {
  return server::PostUnary(executor_, context, response,
                           [this, request](const server::CallContext&) {
                             return domain_.registration
                                 .CheckAvailable(*registry_.Snapshot(),
                                                 request->username())
                                 .status();
                           });
}

grpc::ServerUnaryReactor* AccountsService::ListUsers(
    grpc::CallbackServerContext* context, const v1::ListUsersRequest* request,
    v1::ListUsersResponse* response) {
  return server::PostUnary(executor_, context, response,
                           [this, request](const server::CallContext&) {
                             return HandleListUsers(*request);
                           });
}

absl::StatusOr<v1::ListUsersResponse> AccountsService::HandleListUsers(
    const v1::ListUsersRequest& request) {
  CAUSEWAY_ASSIGN_OR_RETURN(
      const server::Page page,
      server::ParsePage(request.page_size(), request.page_token()));
  // One more than asked for tells whether there is another page.
  CAUSEWAY_ASSIGN_OR_RETURN(
      const std::vector<UserSummary> users,
      domain_.accounts.ListUsers(page.after, page.size + 1));
  v1::ListUsersResponse response;
  for (const UserSummary& user : users) {
    if (response.users_size() == page.size) {
      response.set_next_page_token(
          server::MakePageToken(response.users().rbegin()->user_id()));
      break;
    }
    response.add_user_ids(user.user_id);
    *response.add_users() = UserSummaryToProto(user);
  }
  return response;
}

AccountsService::Answer<v1::WhoAmIResponse> AccountsService::HandleWhoAmI(
    const v1::WhoAmIRequest& request) {
  CAUSEWAY_CO_ASSIGN_OR_RETURN(Caller caller,
                               co_await AwaitCaller(request.principal()));
  // A person's is that of its token.
  if (request.principal().has_appservice() &&
      !caller.acting.device_id.empty()) {
    const absl::StatusOr<StoredDevice> device =
        domain_.credentials.GetDevice(caller.acting, caller.acting.device_id);
    if (absl::IsNotFound(device.status())) {
      co_return UnknownDevice(caller.acting.user_id, caller.acting.device_id);
    }
    if (!device.ok()) co_return device.status();
    // NOTSPEC: there any device of the user will do.
    if (device->is_persons) {
      co_return IsPersonsDevice(caller.acting.user_id, device->device_id);
    }
  }
  v1::WhoAmIResponse response;
  response.set_user_id(caller.acting.user_id.str());
  response.set_device_id(caller.acting.device_id);
  co_return response;
}

AccountsService::Answer<v1::Session> AccountsService::HandleRegisterUser(
    const v1::RegisterUserRequest& request) {
  UserRegistration::Request registration{.localpart = request.username(),
                                         .device = std::nullopt};
  if (!request.inhibit_login()) {
    registration.device = DeviceRequestFromProto(request);
  }
  if (!request.has_principal()) {
    CAUSEWAY_CO_ASSIGN_OR_RETURN(
        Session session,
        domain_.registration.RegisterPerson(*registry_.Snapshot(), registration,
                                            request.password()));
    co_return SessionToProto(session);
  }
  if (!request.principal().has_appservice()) {
    co_return matrix::InvalidParam(
        "principal", "only an application service registers as itself");
  }
  v1::Principal principal = request.principal();
  // It names the user to be created, who can't act yet.
  principal.mutable_appservice()->clear_user_id();
  CAUSEWAY_CO_ASSIGN_OR_RETURN(Caller caller,
                               co_await AwaitCaller(std::move(principal)));
  CAUSEWAY_CO_ASSIGN_OR_RETURN(
      Session session, domain_.registration.RegisterVirtualUser(
                           *caller.snapshot, caller.principal, registration));
  co_return SessionToProto(session);
}

AccountsService::Answer<v1::Session> AccountsService::HandleLogIn(
    const v1::LogInRequest& request, server::CallContext call) {
  CAUSEWAY_CO_ASSIGN_OR_RETURN(matrix::UserId user_id,
                               UserFromProto(request.user(), server_name_));
  const DeviceRequest device = DeviceRequestFromProto(request);
  absl::StatusOr<Session> session;
  if (request.principal().has_appservice()) {
    v1::Principal principal = request.principal();
    principal.mutable_appservice()->set_user_id(user_id.str());
    CAUSEWAY_CO_ASSIGN_OR_RETURN(
        Caller caller, co_await AwaitCallerAs(std::move(principal),
                                              user_id.str(), std::move(call)));
    CAUSEWAY_CO_RETURN_IF_ERROR(MayEditUser(*caller.snapshot, caller.acting));
    session = domain_.sessions.LogIn(
        user_id, device,
        {.appservice_uid = caller.acting.appservice_uid,
         .registry_revision = caller.snapshot->revision()});
  } else {
    session =
        domain_.sessions.LogInByPassword(user_id, request.password(), device);
    if (absl::IsPermissionDenied(session.status()) &&
        domain_.metrics != nullptr) {
      domain_.metrics->LoginRefused();
    }
  }
  if (!session.ok()) co_return session.status();
  co_return SessionToProto(*session);
}

AccountsService::Answer<v1::LogOutResponse> AccountsService::HandleLogOut(
    const v1::LogOutRequest& request) {
  CAUSEWAY_CO_ASSIGN_OR_RETURN(Caller caller,
                               co_await AwaitCaller(request.principal()));
  if (!caller.acting.appservice_uid.empty()) {
    co_return matrix::Forbidden(
        "an application service cannot log out: its token ends with its "
        "registration, and a person's is not its to end");
  }
  const auto& person = std::get<Person>(caller.principal.actor);
  absl::Status ended =
      request.all_devices()
          ? domain_.sessions.LogOutEverywhere(caller.acting)
          : domain_.sessions.LogOut(person.access_token_sha256);
  if (!ended.ok()) co_return ended;
  co_return v1::LogOutResponse();
}

AccountsService::Answer<v1::Profile> AccountsService::HandleGetProfile(
    const v1::GetProfileRequest& request, server::CallContext call) {
  CAUSEWAY_CO_ASSIGN_OR_RETURN(
      matrix::UserId user_id,
      matrix::UserId::Parse(request.user_id(), "user_id"));
  bool own_user = false;
  std::string appservice_uid;
  if (request.has_principal()) {
    CAUSEWAY_CO_ASSIGN_OR_RETURN(Caller caller,
                                 co_await AwaitCaller(request.principal()));
    own_user = IsOwnUser(caller, user_id);
    appservice_uid = caller.acting.appservice_uid;
  }
  // No conditional expression: g++ 12 destroys the temporaries of a co_await
  // in the branch that isn't taken.
  absl::Status known;
  if (own_user) {
    known = domain_.discovery.EnsureUserKnownHere(user_id);
  } else {
    known = co_await domain_.discovery.EnsureUserKnown(
        user_id, std::move(appservice_uid), std::move(call));
  }
  if (!known.ok()) co_return known;
  CAUSEWAY_CO_ASSIGN_OR_RETURN(Profile profile,
                               domain_.accounts.GetProfile(user_id));
  co_return ProfileToProto(profile);
}

AccountsService::Answer<v1::SetProfileResponse>
AccountsService::HandleSetProfile(const v1::SetProfileRequest& request,
                                  server::CallContext call) {
  CAUSEWAY_CO_ASSIGN_OR_RETURN(
      Caller caller,
      co_await AwaitCallerAs(request.principal(), request.user_id(),
                             std::move(call)));
  CAUSEWAY_CO_RETURN_IF_ERROR(MayEditUser(*caller.snapshot, caller.acting));
  CAUSEWAY_CO_RETURN_IF_ERROR(domain_.accounts.SetProfile(
      caller.acting.user_id, ProfileFromProto(request.profile()),
      domain_.profile_listener));
  co_return v1::SetProfileResponse();
}

AccountsService::Answer<v1::CreateFilterResponse>
AccountsService::HandleCreateFilter(const v1::CreateFilterRequest& request,
                                    server::CallContext call) {
  CAUSEWAY_CO_ASSIGN_OR_RETURN(
      Caller caller,
      co_await AwaitCallerAs(request.principal(), request.user_id(),
                             std::move(call)));
  CAUSEWAY_CO_ASSIGN_OR_RETURN(
      std::string filter_id,
      domain_.filters.Create(caller.acting.user_id, request.filter_json()));
  v1::CreateFilterResponse response;
  response.set_filter_id(std::move(filter_id));
  co_return response;
}

AccountsService::Answer<v1::GetFilterResponse> AccountsService::HandleGetFilter(
    const v1::GetFilterRequest& request, server::CallContext call) {
  CAUSEWAY_CO_ASSIGN_OR_RETURN(
      Caller caller,
      co_await AwaitCallerAs(request.principal(), request.user_id(),
                             std::move(call)));
  CAUSEWAY_CO_ASSIGN_OR_RETURN(
      std::string filter_json,
      domain_.filters.Get(caller.acting.user_id, request.filter_id()));
  v1::GetFilterResponse response;
  response.set_filter_json(std::move(filter_json));
  co_return response;
}

AccountsService::Answer<Caller> AccountsService::AwaitCaller(
    v1::Principal principal) {
  return homeserver::AwaitCaller(std::move(principal), registry_, server_name_);
}

AccountsService::Answer<Caller> AccountsService::AwaitCallerAs(
    v1::Principal principal, std::string user_id, server::CallContext call) {
  CAUSEWAY_CO_ASSIGN_OR_RETURN(Caller caller,
                               co_await AwaitCaller(std::move(principal)));
  if (caller.acting.user_id.str() != user_id) {
    co_return matrix::Forbidden(absl::StrCat(caller.acting.user_id.str(),
                                             " cannot act for ",
                                             matrix::Quote(user_id)));
  }
  CAUSEWAY_CO_RETURN_IF_ERROR(co_await domain_.discovery.EnsureActorKnown(
      caller.acting, std::move(call)));
  co_return caller;
}

}  // namespace causeway::homeserver
