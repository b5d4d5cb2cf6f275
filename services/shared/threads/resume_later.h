#ifndef CAUSEWAY_SERVICES_SHARED_THREADS_RESUME_LATER_H_
#define CAUSEWAY_SERVICES_SHARED_THREADS_RESUME_LATER_H_

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <utility>

namespace causeway::threads {

// For a coroutine that waits for what another thread brings: `handler` is what
// boost::asio::async_initiate gives. Returns what that thread is to call, once,
// with the result: it hands it over and returns at once, and the coroutine goes
// on on its own executor, which doesn't run out of work until then.
template <typename Handler>
auto ResumeLater(Handler handler) {
  auto executor = boost::asio::get_associated_executor(handler);
  return [handler = std::move(handler),
          work = boost::asio::executor_work_guard<decltype(executor)>(
              executor)](auto... results) mutable {
    boost::asio::post(work.get_executor(),
                      [handler = std::move(handler),
                       ... results = std::move(results)]() mutable {
                        std::move(handler)(std::move(results)...);
                      });
  };
}

}  // namespace causeway::threads

#endif  // CAUSEWAY_SERVICES_SHARED_THREADS_RESUME_LATER_H_
