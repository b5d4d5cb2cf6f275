#include "services/registry/operator_requests.h"

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "services/registry/audit.h"
#include "services/registry/pending_request.h"
#include "services/registry/registry_protos.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/server/logging.h"
#include "services/shared/server/paging.h"
#include "services/shared/status/status_macros.h"

namespace causeway::registry {

using server::CallContext;

namespace {

// One registration can be large.
constexpr int kPendingPageSizeMax = 100;

// A number out of a message: an ID or a page token of a list by IDs.
absl::StatusOr<int64_t> ParseNumber(absl::string_view field,
                                    absl::string_view text) {
  int64_t number = 0;
  if (absl::SimpleAtoi(text, &number) && number > 0) return number;
  return matrix::InvalidParam(field, "is not one that was told");
}

}  // namespace

OperatorRequests::OperatorRequests(GrantKeeper& grants, Registrar& registrar,
                                   RegistryStore& store, ChangeFeed& feed)
    : grants_(grants), registrar_(registrar), store_(store), feed_(feed) {}

absl::StatusOr<v1::Grant> OperatorRequests::CreateGrant(
    const v1::CreateGrantRequest& request, const CallContext& call) {
  CAUSEWAY_ASSIGN_OR_RETURN(Grant claimed, FromProto(request));
  CAUSEWAY_ASSIGN_OR_RETURN(
      Grant created, grants_.Create(std::move(claimed), call.request_id));
  log::Info("grant stored",
            {{"grant", created.name}, {"request_id", call.request_id}});
  // Read back: an equal grant may be in use already.
  CAUSEWAY_ASSIGN_OR_RETURN(GrantInUse grant, store_.GetGrant(created.name));
  return ToProto(grant);
}

absl::StatusOr<v1::Grant> OperatorRequests::GetGrant(
    const v1::GetGrantRequest& request) {
  CAUSEWAY_RETURN_IF_ERROR(CheckGrantName(request.name()));
  CAUSEWAY_ASSIGN_OR_RETURN(GrantInUse grant, store_.GetGrant(request.name()));
  return ToProto(grant);
}

absl::StatusOr<v1::ListGrantsResponse> OperatorRequests::ListGrants(
    const v1::ListGrantsRequest& request) {
  CAUSEWAY_ASSIGN_OR_RETURN(
      server::Page page,
      server::ParsePage(request.page_size(), request.page_token()));
  // One more than asked for tells whether there is another page.
  CAUSEWAY_ASSIGN_OR_RETURN(std::vector<GrantInUse> grants,
                            store_.ListGrants(page.after, page.size + 1));
  v1::ListGrantsResponse response;
  for (const GrantInUse& grant : grants) {
    if (response.grants_size() == page.size) {
      response.set_next_page_token(
          server::MakePageToken(response.grants().rbegin()->name()));
      break;
    }
    *response.add_grants() = ToProto(grant);
  }
  return response;
}

absl::StatusOr<v1::UpdateGrantResponse> OperatorRequests::UpdateGrant(
    const v1::UpdateGrantRequest& request, const CallContext& call) {
  CAUSEWAY_RETURN_IF_ERROR(CheckGrantName(request.name()));
  CAUSEWAY_RETURN_IF_ERROR(CheckReason(request.reason()));
  CAUSEWAY_ASSIGN_OR_RETURN(const GrantKeeper::Update update,
                            FromProto(request));
  CAUSEWAY_ASSIGN_OR_RETURN(
      const GrantKeeper::Updated updated,
      grants_.Apply(update, call.request_id, request.reason()));
  if (updated.revision > 0) feed_.Wake();
  log::Info("grant changed", {{"grant", request.name()},
                              {"unregistered", updated.ended_id},
                              {"revision", updated.revision},
                              {"request_id", call.request_id}});
  CAUSEWAY_ASSIGN_OR_RETURN(GrantInUse grant, store_.GetGrant(request.name()));
  v1::UpdateGrantResponse response;
  *response.mutable_grant() = ToProto(grant);
  response.set_unregistered_id(updated.ended_id);
  response.set_revision(updated.revision);
  return response;
}

absl::StatusOr<v1::DeleteGrantResponse> OperatorRequests::DeleteGrant(
    const v1::DeleteGrantRequest& request, const CallContext& call) {
  CAUSEWAY_RETURN_IF_ERROR(CheckGrantName(request.name()));
  CAUSEWAY_RETURN_IF_ERROR(CheckReason(request.reason()));
  CAUSEWAY_ASSIGN_OR_RETURN(
      int64_t revision,
      grants_.Delete(request.name(), call.request_id, request.reason()));
  feed_.Wake();
  log::Info("grant removed", {{"grant", request.name()},
                              {"revision", revision},
                              {"request_id", call.request_id}});
  v1::DeleteGrantResponse response;
  response.set_revision(revision);
  return response;
}

absl::StatusOr<v1::ListPendingRequestsResponse>
OperatorRequests::ListPendingRequests(
    const v1::ListPendingRequestsRequest& request) {
  CAUSEWAY_ASSIGN_OR_RETURN(
      server::Page page,
      server::ParsePage(request.page_size(), request.page_token()));
  int64_t after_id = 0;
  if (!page.after.empty()) {
    CAUSEWAY_ASSIGN_OR_RETURN(after_id, ParseNumber("page_token", page.after));
  }
  const int size = std::min(page.size, kPendingPageSizeMax);
  CAUSEWAY_ASSIGN_OR_RETURN(std::vector<PendingRequest> pending,
                            store_.ListPendingRequests(after_id, size + 1));
  v1::ListPendingRequestsResponse response;
  for (const PendingRequest& one : pending) {
    if (response.requests_size() == size) {
      response.set_next_page_token(
          server::MakePageToken(absl::StrCat(after_id)));
      break;
    }
    *response.add_requests() = ToProto(one);
    after_id = one.pending_id;
  }
  return response;
}

absl::StatusOr<v1::ApprovePendingRequestResponse>
OperatorRequests::ApprovePendingRequest(
    const v1::ApprovePendingRequestRequest& request, const CallContext& call) {
  CAUSEWAY_ASSIGN_OR_RETURN(const int64_t pending_id,
                            ParseNumber("id", request.id()));
  CAUSEWAY_ASSIGN_OR_RETURN(
      const Registrar::Registered registered,
      registrar_.ApprovePending(pending_id, request.allow_broad(),
                                call.request_id));
  feed_.Wake();
  const Appservice& appservice = registered.appservice;
  log::Info("pending request approved",
            {{"appservice_id", appservice.registration.id},
             {"grant", appservice.grant_name},
             {"revision", appservice.revision},
             {"request_id", call.request_id}});
  v1::ApprovePendingRequestResponse response;
  *response.mutable_appservice() = ToProto(appservice, /*with_secrets=*/false);
  response.set_revision(appservice.revision);
  return response;
}

absl::StatusOr<v1::RejectPendingRequestResponse>
OperatorRequests::RejectPendingRequest(
    const v1::RejectPendingRequestRequest& request, const CallContext& call) {
  CAUSEWAY_ASSIGN_OR_RETURN(const int64_t pending_id,
                            ParseNumber("id", request.id()));
  CAUSEWAY_RETURN_IF_ERROR(CheckReason(request.reason()));
  CAUSEWAY_RETURN_IF_ERROR(
      registrar_.RejectPending(pending_id, call.request_id, request.reason()));
  log::Info("pending request rejected", {{"request_id", call.request_id}});
  return v1::RejectPendingRequestResponse();
}

absl::StatusOr<v1::RotateHsTokenResponse> OperatorRequests::RotateHsToken(
    const v1::RotateHsTokenRequest& request, const CallContext& call) {
  CAUSEWAY_ASSIGN_OR_RETURN(
      const Registrar::Rotated rotated,
      registrar_.RotateHsToken(
          {.appservice_id = request.id(),
           .overlap = absl::Seconds(request.overlap_seconds()),
           .hs_token = request.hs_token()},
          call.request_id));
  feed_.Wake();
  log::Info("hs_token rotated", {{"appservice_id", request.id()},
                                 {"overlap_seconds", request.overlap_seconds()},
                                 {"revision", rotated.revision},
                                 {"request_id", call.request_id}});
  v1::RotateHsTokenResponse response;
  response.set_hs_token(rotated.hs_token);
  response.set_revision(rotated.revision);
  return response;
}

absl::StatusOr<v1::ResealHsTokensResponse> OperatorRequests::ResealHsTokens(
    const CallContext& call) {
  CAUSEWAY_ASSIGN_OR_RETURN(const Registrar::Resealed resealed,
                            registrar_.ResealHsTokens(call.request_id));
  if (resealed.count > 0) {
    feed_.Wake();
    log::Info("hs_tokens sealed anew", {{"count", resealed.count},
                                        {"revision", resealed.revision},
                                        {"request_id", call.request_id}});
  }
  v1::ResealHsTokensResponse response;
  response.set_resealed_count(resealed.count);
  response.set_complete(resealed.complete);
  response.set_revision(resealed.revision);
  return response;
}

absl::StatusOr<v1::ListAuditRecordsResponse> OperatorRequests::ListAuditRecords(
    const v1::ListAuditRecordsRequest& request) {
  CAUSEWAY_ASSIGN_OR_RETURN(
      server::Page page,
      server::ParsePage(request.page_size(), request.page_token()));
  int64_t before_id = 0;
  if (!page.after.empty()) {
    CAUSEWAY_ASSIGN_OR_RETURN(before_id, ParseNumber("page_token", page.after));
  }
  CAUSEWAY_ASSIGN_OR_RETURN(std::vector<StoredAuditRecord> records,
                            store_.ListAuditRecords(before_id, page.size + 1));
  v1::ListAuditRecordsResponse response;
  for (const StoredAuditRecord& stored : records) {
    if (response.records_size() == page.size) {
      response.set_next_page_token(
          server::MakePageToken(absl::StrCat(before_id)));
      break;
    }
    *response.add_records() = ToProto(stored.record);
    before_id = stored.record_id;
  }
  return response;
}

}  // namespace causeway::registry
