#include "services/shared/appservice_client/awaitable_send.h"

#include <atomic>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

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

asio::awaitable<std::vector<Response>> SendAll(
    AppserviceClient& client, std::vector<AppserviceRequest> requests) {
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  std::vector<Response> responses(requests.size());
  if (requests.empty()) co_return responses;
  const auto start = [&](auto handler) {
    // Whoever is last resumes; until then the coroutine's frame stays, and in
    // it `responses`.
    struct Wait {
      std::atomic<size_t> left_count;
      decltype(handler) resume;
      asio::executor_work_guard<asio::any_io_executor> work;
    };
    // Not in the frame, which may be gone as soon as the last one is sent.
    const size_t count = requests.size();
    const std::shared_ptr<Wait> wait(
        new Wait{count, std::move(handler), asio::make_work_guard(executor)});
    for (size_t i = 0; i < count; ++i) {
      client.Send(std::move(requests[i]), [wait, slot = &responses[i]](
                                              Response response) {
        *slot = std::move(response);
        if (--wait->left_count > 0) return;
        asio::post(wait->work.get_executor(), std::move(wait->resume));
      });
    }
  };
  co_await asio::async_initiate<const asio::use_awaitable_t<>, void()>(
      start, asio::use_awaitable);
  co_return responses;
}

}  // namespace causeway::appservice_client
