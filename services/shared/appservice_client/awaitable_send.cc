#include "services/shared/appservice_client/awaitable_send.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "absl/status/statusor.h"
#include "services/shared/appservice_client/appservice_client.h"

namespace causeway::appservice_client {

namespace asio = boost::asio;

using Response = absl::StatusOr<AppserviceResponse>;

asio::awaitable<Response> Send(AppserviceClient& client,
                               AppserviceRequest request) {
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  const auto start = [&client, executor](auto handler,
                                         AppserviceRequest&& to_send) {
    client.Send(std::move(to_send), [handler = std::move(handler),
                                     work = asio::make_work_guard(executor)](
                                        Response response) mutable {
      // The client's thread has others to serve: go on elsewhere.
      asio::post(work.get_executor(),
                 [handler = std::move(handler),
                  response = std::move(response)]() mutable {
                   std::move(handler)(std::move(response));
                 });
    });
  };
  co_return co_await asio::async_initiate<const asio::use_awaitable_t<>,
                                          void(Response)>(
      start, asio::use_awaitable, std::move(request));
}

}  // namespace causeway::appservice_client
