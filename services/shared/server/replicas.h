#ifndef CAUSEWAY_SERVICES_SHARED_SERVER_REPLICAS_H_
#define CAUSEWAY_SERVICES_SHARED_SERVER_REPLICAS_H_

#include <grpcpp/channel.h>

#include <atomic>
#include <cstddef>
#include <memory>
#include <type_traits>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "services/shared/server/blocking_call.h"
#include "services/shared/server/call_context.h"

namespace causeway::server {

// The replicas of another service, any of which will do. All calls go to one of
// them until one fails as a call to a replica that is dead, hangs or is of a
// release without that method does; from then on they go to the next.
//
// Whether to call again is the caller's to know. Nobody goes back to a replica
// that has come back: there is no first among them.
//
// gRPC's own fail-over needs all addresses in one target, and several names in
// DNS aren't one; and it leaves a peer only when the connection is lost, which
// of one that hangs takes half a minute.
//
// Thread-safe.
template <typename Service>
class Replicas {
 public:
  using Stub = typename Service::StubInterface;

  // At least one channel.
  explicit Replicas(absl::Span<const std::shared_ptr<grpc::Channel>> channels) {
    for (const auto& channel : channels) {
      stubs_.push_back(Service::NewStub(channel));
    }
  }

  // As server::Call() (blocking_call.h), of the one to call now.
  template <typename Request, typename Response>
  absl::StatusOr<Response> Call(
      const CallContext& call,
      grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                   Response*),
      const std::type_identity_t<Request>& request) {
    Stub& stub = current();
    absl::StatusOr<Response> response =
        server::Call(call, stub, method, request);
    Answered(stub, response.status());
    return response;
  }

  // For other calls: the one to call now.
  Stub& current() const { return *stubs_[current_.load() % stubs_.size()]; }

  // A call of what current() was then ended so.
  void Answered(const Stub& called, const absl::Status& status) {
    if (!absl::IsUnavailable(status) && !absl::IsDeadlineExceeded(status) &&
        !absl::IsUnimplemented(status)) {
      return;
    }
    // Of many calls that fail together, one moves on.
    size_t seen = current_.load();
    if (stubs_[seen % stubs_.size()].get() != &called) return;
    current_.compare_exchange_strong(seen, seen + 1);
  }

 private:
  std::vector<std::unique_ptr<Stub>> stubs_;
  std::atomic<size_t> current_ = 0;
};

}  // namespace causeway::server

#endif  // CAUSEWAY_SERVICES_SHARED_SERVER_REPLICAS_H_
