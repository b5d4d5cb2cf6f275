#include "services/registry/operator_requests.h"

#include <cstdint>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "services/registry/audit.h"
#include "services/registry/registry_protos.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/server/logging.h"
#include "services/shared/server/paging.h"
#include "services/shared/status/status_macros.h"

namespace causeway::registry {

using server::CallContext;

OperatorRequests::OperatorRequests(GrantKeeper& grants, RegistryStore& store,
                                   ChangeFeed& feed)
    : grants_(grants), store_(store), feed_(feed) {}

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
  CAUSEWAY_ASSIGN_OR_RETURN(const GrantKeeper::Update update,
                            FromProto(request));
  CAUSEWAY_ASSIGN_OR_RETURN(const GrantKeeper::Updated updated,
                            grants_.Apply(update, call.request_id));
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
  CAUSEWAY_ASSIGN_OR_RETURN(int64_t revision,
                            grants_.Delete(request.name(), call.request_id));
  feed_.Wake();
  log::Info("grant removed", {{"grant", request.name()},
                              {"revision", revision},
                              {"request_id", call.request_id}});
  v1::DeleteGrantResponse response;
  response.set_revision(revision);
  return response;
}

absl::StatusOr<v1::ListAuditRecordsResponse> OperatorRequests::ListAuditRecords(
    const v1::ListAuditRecordsRequest& request) {
  CAUSEWAY_ASSIGN_OR_RETURN(
      server::Page page,
      server::ParsePage(request.page_size(), request.page_token()));
  int64_t before_id = 0;
  if (!page.after.empty() && !absl::SimpleAtoi(page.after, &before_id)) {
    return matrix::InvalidParam("page_token", "is not one of this list's");
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
