#ifndef CAUSEWAY_SERVICES_SHARED_SERVER_GRPC_STATUS_H_
#define CAUSEWAY_SERVICES_SHARED_SERVER_GRPC_STATUS_H_

#include <grpcpp/support/status.h>

#include "absl/status/status.h"

namespace causeway::server {

// Takes a status across a hop between services. Abseil and gRPC number the
// codes alike. Errcode and retry-after (services/shared/status/errcode.h)
// travel in the trailing metadata `grpc-status-details-bin`, in the form that
// grpcurl and others know how to read (protos/causeway/error/v1/error.proto). A
// status that carries neither has no details.

grpc::Status ToGrpcStatus(const absl::Status& status);

// Details that are not ours, or malformed, are left out; the code never is. A
// code outside of gRPC's list becomes UNKNOWN.
absl::Status FromGrpcStatus(const grpc::Status& status);

}  // namespace causeway::server

#endif  // CAUSEWAY_SERVICES_SHARED_SERVER_GRPC_STATUS_H_
