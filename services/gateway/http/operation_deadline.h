#ifndef CAUSEWAY_SERVICES_GATEWAY_HTTP_OPERATION_DEADLINE_H_
#define CAUSEWAY_SERVICES_GATEWAY_HTTP_OPERATION_DEADLINE_H_

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <memory>

#include "absl/time/time.h"

namespace causeway::gateway {

// Cancels one asynchronous operation at a time when it has lasted too long:
//
//   deadline.Set(limits.write_timeout);
//   co_await async_write(..., bind_cancellation_slot(deadline.slot(), token));
//   deadline.Clear();
//
// Belongs to the thread that runs `executor`.
class OperationDeadline {
 public:
  explicit OperationDeadline(const boost::asio::any_io_executor& executor);
  ~OperationDeadline();

  OperationDeadline(const OperationDeadline&) = delete;
  OperationDeadline& operator=(const OperationDeadline&) = delete;

  // Replaces the deadline that was set before, and forgets that it expired.
  void Set(absl::Duration timeout);
  void Clear();

  // Cancels the operation now, as if the time had come, but not expired().
  // Does nothing when no operation is under way.
  void CancelNow();

  bool expired() const;
  boost::asio::cancellation_slot slot();

 private:
  struct State;  // Outlives this: the timer's last completion may come late.
  const std::shared_ptr<State> state_;
};

}  // namespace causeway::gateway

#endif  // CAUSEWAY_SERVICES_GATEWAY_HTTP_OPERATION_DEADLINE_H_
