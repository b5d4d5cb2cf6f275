#ifndef CAUSEWAY_SERVICES_HOMESERVER_AWAIT_QUERY_H_
#define CAUSEWAY_SERVICES_HOMESERVER_AWAIT_QUERY_H_

#include <grpcpp/client_context.h>
#include <grpcpp/support/status.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <functional>
#include <type_traits>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/shared/clock/clock.h"
#include "services/shared/server/await_call.h"
#include "services/shared/server/call_context.h"

namespace causeway::homeserver {

// A query ends this long before its caller's deadline, so that the caller is
// still there to be told that nobody answered.
inline constexpr absl::Duration kQueryAnswerMargin = absl::Milliseconds(500);
// Between two attempts to reach query_proxy.
inline constexpr absl::Duration kQueryRetryPause = absl::Milliseconds(100);

// Asks query_proxy, again and again while it is away: a query may be repeated,
// and a client that waits for an application service anyway need not notice
// that query_proxy was restarted. Otherwise as server::AwaitCall; `clock` must
// outlive the call.
template <typename Stub, typename Async, typename Request, typename Response>
boost::asio::awaitable<absl::StatusOr<Response>> AwaitQuery(
    server::CallContext call, Stub* stub,
    void (Async::*method)(grpc::ClientContext*, const Request*, Response*,
                          std::function<void(grpc::Status)>),
    std::type_identity_t<Request> request, const Clock& clock) {
  call.deadline -= kQueryAnswerMargin;
  for (;;) {
    absl::StatusOr<Response> answer =
        co_await server::AwaitCall(call, stub, method, request);
    if (!absl::IsUnavailable(answer.status()) ||
        clock.Now() + kQueryRetryPause >= call.deadline) {
      co_return answer;
    }
    boost::asio::steady_timer pause(
        co_await boost::asio::this_coro::executor,
        absl::ToChronoNanoseconds(kQueryRetryPause));
    co_await pause.async_wait(boost::asio::use_awaitable);
  }
}

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_AWAIT_QUERY_H_
