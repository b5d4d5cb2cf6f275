#ifndef CAUSEWAY_SERVICES_SHARED_SERVER_AWAIT_CALL_H_
#define CAUSEWAY_SERVICES_SHARED_SERVER_AWAIT_CALL_H_

#include <grpcpp/client_context.h>
#include <grpcpp/support/status.h>

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <functional>
#include <memory>
#include <type_traits>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/shared/server/call_context.h"
#include "services/shared/server/channel.h"
#include "services/shared/server/grpc_status.h"
#include "services/shared/threads/resume_later.h"

namespace causeway::server {

// Calls a unary method of another service without holding a thread:
//
//   using Async = pb::QueryProxy::StubInterface::async_interface;
//   absl::StatusOr<pb::QueryUserResponse> answer = co_await server::AwaitCall(
//       call, stub_->async(), &Async::QueryUser, std::move(request));
//
// Carries request ID and deadline of `call`. Gives the status of the callee
// with errcode and retry-after; UNAVAILABLE when it cannot be reached;
// DEADLINE_EXCEEDED. Resumes on the coroutine's own executor, never on a thread
// of gRPC. When the coroutine is cancelled the call is too, and the answer is
// CANCELLED. The stub must outlive the call.
template <typename Stub, typename Async, typename Request, typename Response>
boost::asio::awaitable<absl::StatusOr<Response>> AwaitCall(
    CallContext call, Stub* stub,
    void (Async::*method)(grpc::ClientContext*, const Request*, Response*,
                          std::function<void(grpc::Status)>),
    std::type_identity_t<Request> request) {
  // Lives in the coroutine's frame, which stays until the callback has run: the
  // coroutine has nothing else to resume it.
  grpc::ClientContext context;
  PrepareContext(context, call);
  Response response;
  grpc::Status status;

  auto start = [&](auto handler) {
    boost::asio::cancellation_slot slot =
        boost::asio::get_associated_cancellation_slot(handler);
    if (slot.is_connected()) {
      slot.assign(
          [&context](boost::asio::cancellation_type) { context.TryCancel(); });
    }
    // Shared, because std::function wants to be copied and a handler does not.
    auto resume =
        std::make_shared<decltype(threads::ResumeLater(std::move(handler)))>(
            threads::ResumeLater(std::move(handler)));
    (stub->*method)(&context, &request, &response,
                    [resume, &status](grpc::Status result) {
                      status = std::move(result);
                      (*resume)();
                    });
  };
  co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<>&,
                                       void()>(std::move(start),
                                               boost::asio::use_awaitable);

  absl::Status result = FromGrpcStatus(status);
  if (!result.ok()) co_return result;
  co_return std::move(response);
}

}  // namespace causeway::server

#endif  // CAUSEWAY_SERVICES_SHARED_SERVER_AWAIT_CALL_H_
