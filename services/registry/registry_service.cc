#include "services/registry/registry_service.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "services/registry/audit.h"
#include "services/registry/namespace_check.h"
#include "services/registry/registry_protos.h"
#include "services/registry/watch_reactor.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/matrix/token.h"
#include "services/shared/server/logging.h"
#include "services/shared/server/paging.h"
#include "services/shared/server/unary.h"
#include "services/shared/status/status_macros.h"

namespace causeway::registry {

using server::CallContext;

RegistryService::RegistryService(Options options, GrantKeeper& grants,
                                 Registrar& registrar, RegistryStore& store,
                                 ChangeFeed& feed, RegistryMetrics& metrics,
                                 const Clock& clock, server::Executor& executor)
    : options_(std::move(options)),
      operator_requests_(grants, registrar, store, feed),
      registrar_(registrar),
      store_(store),
      feed_(feed),
      metrics_(metrics),
      clock_(clock),
      executor_(executor) {}

grpc::ServerUnaryReactor* RegistryService::CreateGrant(
    grpc::CallbackServerContext* context, const v1::CreateGrantRequest* request,
    v1::Grant* response) {
  return server::PostUnary(
      executor_, context, response, [this, request](const CallContext& call) {
        return operator_requests_.CreateGrant(*request, call);
      });
}

grpc::ServerUnaryReactor* RegistryService::GetGrant(
    grpc::CallbackServerContext* context, const v1::GetGrantRequest* request,
    v1::Grant* response) {
  return server::PostUnary(executor_, context, response,
                           [this, request](const CallContext&) {
                             return operator_requests_.GetGrant(*request);
                           });
}

grpc::ServerUnaryReactor* RegistryService::ListGrants(
    grpc::CallbackServerContext* context, const v1::ListGrantsRequest* request,
    v1::ListGrantsResponse* response) {
  return server::PostUnary(executor_, context, response,
                           [this, request](const CallContext&) {
                             return operator_requests_.ListGrants(*request);
                           });
}

grpc::ServerUnaryReactor* RegistryService::UpdateGrant(
    grpc::CallbackServerContext* context, const v1::UpdateGrantRequest* request,
    v1::UpdateGrantResponse* response) {
  return server::PostUnary(
      executor_, context, response, [this, request](const CallContext& call) {
        return operator_requests_.UpdateGrant(*request, call);
      });
}

grpc::ServerUnaryReactor* RegistryService::DeleteGrant(
    grpc::CallbackServerContext* context, const v1::DeleteGrantRequest* request,
    v1::DeleteGrantResponse* response) {
  return server::PostUnary(
      executor_, context, response, [this, request](const CallContext& call) {
        return operator_requests_.DeleteGrant(*request, call);
      });
}

grpc::ServerUnaryReactor* RegistryService::Register(
    grpc::CallbackServerContext* context, const v1::RegisterRequest* request,
    v1::RegisterResponse* response) {
  return server::PostUnary(executor_, context, response,
                           [this, request](const CallContext& call) {
                             return HandleRegister(*request, call);
                           });
}

absl::StatusOr<v1::RegisterResponse> RegistryService::HandleRegister(
    const v1::RegisterRequest& request, const CallContext& call) {
  CAUSEWAY_ASSIGN_OR_RETURN(Registrar::Application application,
                            FromProto(request));
  absl::StatusOr<Registrar::Registered> registered =
      registrar_.Register(std::move(application), call.request_id);
  metrics_.RegisterFinished(registered);
  if (!registered.ok()) return registered.status();
  const Appservice& appservice = registered->appservice;
  if (registered->outcome != Registrar::Outcome::kUnchanged) {
    feed_.Wake();
    log::Info("application service registered",
              {{"appservice_id", appservice.registration.id},
               {"appservice_uid", appservice.uid},
               {"url", appservice.registration.url},
               {"revision", appservice.revision},
               {"request_id", call.request_id}});
  }
  v1::RegisterResponse response;
  response.set_hs_token(registered->hs_token);
  *response.mutable_appservice() = ToProto(appservice, /*with_secrets=*/false);
  response.set_revision(appservice.revision);
  return response;
}

grpc::ServerUnaryReactor* RegistryService::Unregister(
    grpc::CallbackServerContext* context, const v1::UnregisterRequest* request,
    v1::UnregisterResponse* response) {
  return server::PostUnary(executor_, context, response,
                           [this, request](const CallContext& call) {
                             return HandleUnregister(*request, call);
                           });
}

absl::StatusOr<v1::UnregisterResponse> RegistryService::HandleUnregister(
    const v1::UnregisterRequest& request, const CallContext& call) {
  CAUSEWAY_RETURN_IF_ERROR(CheckReason(request.reason()));
  absl::StatusOr<Registrar::Unregistered> unregistered =
      request.target_case() == v1::UnregisterRequest::kId
          ? registrar_.UnregisterById(request.id(), call.request_id,
                                      request.reason())
          : registrar_.UnregisterByToken(request.as_token(), call.request_id);
  metrics_.UnregisterFinished(unregistered.status());
  if (!unregistered.ok()) return unregistered.status();
  feed_.Wake();
  log::Info("application service unregistered",
            {{"appservice_id", unregistered->appservice_id},
             {"revision", unregistered->revision},
             {"request_id", call.request_id}});
  v1::UnregisterResponse response;
  response.set_revision(unregistered->revision);
  return response;
}

grpc::ServerUnaryReactor* RegistryService::Authenticate(
    grpc::CallbackServerContext* context,
    const v1::AuthenticateRequest* request,
    v1::AuthenticateResponse* response) {
  return server::PostUnary(executor_, context, response,
                           [this, request](const CallContext&) {
                             return HandleAuthenticate(*request);
                           });
}

absl::StatusOr<v1::AuthenticateResponse> RegistryService::HandleAuthenticate(
    const v1::AuthenticateRequest& request) {
  if (request.as_token_sha256().size() != matrix::kSha256Bytes) {
    return matrix::InvalidParam(
        "as_token_sha256",
        absl::StrCat("must have ", matrix::kSha256Bytes, " bytes"));
  }
  CAUSEWAY_ASSIGN_OR_RETURN(
      const Appservice appservice,
      store_.GetAppserviceByToken(request.as_token_sha256()));
  // It will be ended within a moment.
  if (clock_.Now() >= appservice.expire_time) {
    return matrix::NotFound("application service whose grant is in force");
  }
  v1::AuthenticateResponse response;
  *response.mutable_appservice() = ToProto(appservice, /*with_secrets=*/false);
  return response;
}

grpc::ServerUnaryReactor* RegistryService::GetAppservice(
    grpc::CallbackServerContext* context,
    const v1::GetAppserviceRequest* request, v1::Appservice* response) {
  return server::PostUnary(
      executor_, context, response,
      [this, request](const CallContext&) -> absl::StatusOr<v1::Appservice> {
        CAUSEWAY_RETURN_IF_ERROR(CheckAppserviceId(request->id()));
        CAUSEWAY_ASSIGN_OR_RETURN(const Appservice appservice,
                                  store_.GetAppservice(request->id()));
        v1::Appservice message = ToProto(appservice, /*with_secrets=*/false);
        message.set_extra_fields_yaml(
            appservice.registration.extra_fields_yaml);
        return message;
      });
}

grpc::ServerUnaryReactor* RegistryService::ListAppservices(
    grpc::CallbackServerContext* context,
    const v1::ListAppservicesRequest* request,
    v1::ListAppservicesResponse* response) {
  return server::PostUnary(executor_, context, response,
                           [this, request](const CallContext&) {
                             return HandleListAppservices(*request);
                           });
}

absl::StatusOr<v1::ListAppservicesResponse>
RegistryService::HandleListAppservices(
    const v1::ListAppservicesRequest& request) {
  CAUSEWAY_ASSIGN_OR_RETURN(
      server::Page page,
      server::ParsePage(request.page_size(), request.page_token()));
  CAUSEWAY_ASSIGN_OR_RETURN(std::vector<Appservice> appservices,
                            store_.ListAppservices(page.after, page.size + 1));
  v1::ListAppservicesResponse response;
  for (const Appservice& appservice : appservices) {
    if (response.appservices_size() == page.size) {
      response.set_next_page_token(
          server::MakePageToken(response.appservices().rbegin()->id()));
      break;
    }
    *response.add_appservices() = ToProto(appservice, /*with_secrets=*/false);
  }
  return response;
}

grpc::ServerUnaryReactor* RegistryService::CheckNamespaces(
    grpc::CallbackServerContext* context,
    const v1::CheckNamespacesRequest* request,
    v1::CheckNamespacesResponse* response) {
  return server::PostUnary(
      executor_, context, response,
      [this, request](
          const CallContext&) -> absl::StatusOr<v1::CheckNamespacesResponse> {
        CAUSEWAY_ASSIGN_OR_RETURN(Registrar::Question question,
                                  FromProto(*request));
        CAUSEWAY_ASSIGN_OR_RETURN(std::vector<Finding> findings,
                                  registrar_.CheckNamespaces(question));
        return ToProto(findings);
      });
}

grpc::ServerUnaryReactor* RegistryService::ListPendingRequests(
    grpc::CallbackServerContext* context,
    const v1::ListPendingRequestsRequest* request,
    v1::ListPendingRequestsResponse* response) {
  return server::PostUnary(
      executor_, context, response, [this, request](const CallContext&) {
        return operator_requests_.ListPendingRequests(*request);
      });
}

grpc::ServerUnaryReactor* RegistryService::ApprovePendingRequest(
    grpc::CallbackServerContext* context,
    const v1::ApprovePendingRequestRequest* request,
    v1::ApprovePendingRequestResponse* response) {
  return server::PostUnary(
      executor_, context, response, [this, request](const CallContext& call) {
        return operator_requests_.ApprovePendingRequest(*request, call);
      });
}

grpc::ServerUnaryReactor* RegistryService::RejectPendingRequest(
    grpc::CallbackServerContext* context,
    const v1::RejectPendingRequestRequest* request,
    v1::RejectPendingRequestResponse* response) {
  return server::PostUnary(
      executor_, context, response, [this, request](const CallContext& call) {
        return operator_requests_.RejectPendingRequest(*request, call);
      });
}

grpc::ServerUnaryReactor* RegistryService::RotateHsToken(
    grpc::CallbackServerContext* context,
    const v1::RotateHsTokenRequest* request,
    v1::RotateHsTokenResponse* response) {
  return server::PostUnary(
      executor_, context, response, [this, request](const CallContext& call) {
        return operator_requests_.RotateHsToken(*request, call);
      });
}

grpc::ServerUnaryReactor* RegistryService::ResealHsTokens(
    grpc::CallbackServerContext* context, const v1::ResealHsTokensRequest*,
    v1::ResealHsTokensResponse* response) {
  return server::PostUnary(executor_, context, response,
                           [this](const CallContext& call) {
                             return operator_requests_.ResealHsTokens(call);
                           });
}

grpc::ServerUnaryReactor* RegistryService::ListAuditRecords(
    grpc::CallbackServerContext* context,
    const v1::ListAuditRecordsRequest* request,
    v1::ListAuditRecordsResponse* response) {
  return server::PostUnary(
      executor_, context, response, [this, request](const CallContext&) {
        return operator_requests_.ListAuditRecords(*request);
      });
}

grpc::ServerWriteReactor<v1::WatchResponse>* RegistryService::Watch(
    grpc::CallbackServerContext*, const v1::WatchRequest* request) {
  return WatchReactor::Start(*request, options_.server_name, feed_, metrics_,
                             clock_);
}

}  // namespace causeway::registry
