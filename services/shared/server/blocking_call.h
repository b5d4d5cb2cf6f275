#ifndef CAUSEWAY_SERVICES_SHARED_SERVER_BLOCKING_CALL_H_
#define CAUSEWAY_SERVICES_SHARED_SERVER_BLOCKING_CALL_H_

#include <grpcpp/client_context.h>

#include <type_traits>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/shared/server/call_context.h"
#include "services/shared/server/channel.h"
#include "services/shared/server/grpc_status.h"

namespace causeway::server {

// Calls a unary method of another service and waits for its answer:
//
//   using Stub = pb::Registry::StubInterface;
//   absl::StatusOr<pb::RegisterResponse> registered =
//       server::Call(call, *stub_, &Stub::Register, request);
//
// Carries request ID and deadline of `call`. Returns the status of the callee
// with errcode and retry-after; UNAVAILABLE when it cannot be reached;
// DEADLINE_EXCEEDED. Blocks the thread: for jobs (Executor::Post), background
// threads and tools. Coroutines use AwaitCall (await_call.h).
template <typename Stub, typename Request, typename Response>
absl::StatusOr<Response> Call(const CallContext& call, Stub& stub,
                              grpc::Status (Stub::*method)(grpc::ClientContext*,
                                                           const Request&,
                                                           Response*),
                              const std::type_identity_t<Request>& request) {
  grpc::ClientContext context;
  PrepareContext(context, call);
  Response response;
  absl::Status status =
      FromGrpcStatus((stub.*method)(&context, request, &response));
  if (!status.ok()) return status;
  return response;
}

}  // namespace causeway::server

#endif  // CAUSEWAY_SERVICES_SHARED_SERVER_BLOCKING_CALL_H_
