#ifndef CAUSEWAY_SERVICES_CTL_APPSERVICE_LIST_H_
#define CAUSEWAY_SERVICES_CTL_APPSERVICE_LIST_H_

#include <vector>

#include "absl/status/statusor.h"
#include "causeway/registry/v1/registry.pb.h"
#include "services/ctl/session.h"

namespace causeway::ctl {

// All that are registered, in the registry's order. Errors of the call.
absl::StatusOr<std::vector<registry::v1::Appservice>> ListAppservices(
    Session& session);

}  // namespace causeway::ctl

#endif  // CAUSEWAY_SERVICES_CTL_APPSERVICE_LIST_H_
