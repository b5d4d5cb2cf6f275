#include "services/gateway/concurrency_limit.h"

#include <boost/asio/async_result.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "services/shared/threads/resume_later.h"

namespace causeway::gateway {

namespace asio = boost::asio;

ConcurrencyLimit::ConcurrencyLimit(int limit) : free_(limit) {}

asio::awaitable<ConcurrencyLimit::Place> ConcurrencyLimit::Enter() {
  if (TryEnter()) co_return Place(this);
  auto start = [this](auto handler) {
    Queue(threads::ResumeLater(std::move(handler)));
  };
  co_await asio::async_initiate<const asio::use_awaitable_t<>&, void()>(
      std::move(start), asio::use_awaitable);
  co_return Place(this);
}

bool ConcurrencyLimit::TryEnter() {
  absl::MutexLock lock(&mu_);
  if (free_ == 0) return false;
  --free_;
  return true;
}

void ConcurrencyLimit::Queue(absl::AnyInvocable<void()> enter) {
  {
    absl::MutexLock lock(&mu_);
    if (free_ == 0) {
      waiting_.push_back(std::move(enter));
      return;
    }
    --free_;
  }
  enter();
}

void ConcurrencyLimit::LetNextIn() {
  absl::AnyInvocable<void()> enter;
  {
    absl::MutexLock lock(&mu_);
    if (waiting_.empty()) {
      ++free_;
      return;
    }
    enter = std::move(waiting_.front());
    waiting_.pop_front();
  }
  enter();
}

}  // namespace causeway::gateway
