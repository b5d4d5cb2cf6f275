#include "services/shared/appservice_client/awaitable_send.h"

#include <atomic>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "services/shared/appservice_client/appservice_client.h"
#include "services/shared/threads/resume_later.h"

namespace causeway::appservice_client {

namespace asio = boost::asio;

using Response = absl::StatusOr<AppserviceResponse>;

asio::awaitable<Response> Send(AppserviceClient& client,
                               AppserviceRequest request) {
  const auto start = [&client](auto handler, AppserviceRequest&& to_send) {
    // The client's thread has others to serve.
    client.Send(std::move(to_send), threads::ResumeLater(std::move(handler)));
  };
  co_return co_await asio::async_initiate<const asio::use_awaitable_t<>,
                                          void(Response)>(
      start, asio::use_awaitable, std::move(request));
}

asio::awaitable<std::vector<Response>> SendAll(
    AppserviceClient& client, std::vector<AppserviceRequest> requests) {
  std::vector<Response> responses(requests.size());
  if (requests.empty()) co_return responses;
  const auto start = [&](auto handler) {
    // Whoever is last resumes; until then the coroutine's frame stays, and in
    // it `responses`.
    struct Wait {
      std::atomic<size_t> left_count;
      decltype(threads::ResumeLater(std::move(handler))) resume;
    };
    // Not in the frame, which may be gone as soon as the last one is sent.
    const size_t count = requests.size();
    const std::shared_ptr<Wait> wait(
        new Wait{count, threads::ResumeLater(std::move(handler))});
    for (size_t i = 0; i < count; ++i) {
      client.Send(std::move(requests[i]),
                  [wait, slot = &responses[i]](Response response) {
                    *slot = std::move(response);
                    if (--wait->left_count > 0) return;
                    wait->resume();
                  });
    }
  };
  co_await asio::async_initiate<const asio::use_awaitable_t<>, void()>(
      start, asio::use_awaitable);
  co_return responses;
}

}  // namespace causeway::appservice_client
