#ifndef CAUSEWAY_SERVICES_CTL_CURES_H_
#define CAUSEWAY_SERVICES_CTL_CURES_H_

#include "absl/strings/string_view.h"
#include "causeway/query/v1/query.pb.h"

namespace causeway::ctl {

// What helps when a request to an application service fails at `step`. Never
// empty for a step of the contract.
absl::string_view Cure(query::v1::DiagnoseResponse::Step step);

}  // namespace causeway::ctl

#endif  // CAUSEWAY_SERVICES_CTL_CURES_H_
