#include "services/ctl/appservice_list.h"

#include "causeway/registry/v1/registry.grpc.pb.h"
#include "services/shared/status/status_macros.h"

namespace causeway::ctl {

namespace pb = registry::v1;

absl::StatusOr<std::vector<pb::Appservice>> ListAppservices(Session& session) {
  std::vector<pb::Appservice> appservices;
  pb::ListAppservicesRequest request;
  do {
    CAUSEWAY_ASSIGN_OR_RETURN(
        const pb::ListAppservicesResponse page,
        session.CallRegistry(&pb::Registry::StubInterface::ListAppservices,
                             request));
    appservices.insert(appservices.end(), page.appservices().begin(),
                       page.appservices().end());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return appservices;
}

}  // namespace causeway::ctl
