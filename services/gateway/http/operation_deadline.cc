#include "services/gateway/http/operation_deadline.h"

#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/system/error_code.hpp>
#include <cstdint>

namespace causeway::gateway {

namespace asio = boost::asio;

struct OperationDeadline::State {
  explicit State(const asio::any_io_executor& executor) : timer(executor) {}

  asio::steady_timer timer;
  asio::cancellation_signal signal;
  // Tells a completion that was already queued when its deadline was replaced.
  uint64_t generation = 0;
  bool expired = false;
};

OperationDeadline::OperationDeadline(const asio::any_io_executor& executor)
    : state_(std::make_shared<State>(executor)) {}

OperationDeadline::~OperationDeadline() { Clear(); }

void OperationDeadline::Set(absl::Duration timeout) {
  state_->expired = false;
  const uint64_t generation = ++state_->generation;
  state_->timer.expires_after(absl::ToChronoNanoseconds(timeout));
  state_->timer.async_wait(
      [state = state_, generation](const boost::system::error_code& error) {
        if (error || generation != state->generation) return;
        state->expired = true;
        state->signal.emit(asio::cancellation_type::all);
      });
}

void OperationDeadline::Clear() {
  state_->expired = false;
  ++state_->generation;
  boost::system::error_code ignored;  // The other cancel() could throw.
  state_->timer.cancel(ignored);
}

void OperationDeadline::CancelNow() {
  state_->signal.emit(asio::cancellation_type::all);
}

bool OperationDeadline::expired() const { return state_->expired; }

asio::cancellation_slot OperationDeadline::slot() {
  return state_->signal.slot();
}

}  // namespace causeway::gateway
