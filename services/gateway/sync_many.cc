#include "services/gateway/sync_many.h"

#include <boost/asio/async_result.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/error_code.hpp>
#include <utility>

#include "absl/status/status.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "services/shared/threads/resume_later.h"

namespace causeway::gateway {
namespace {

namespace asio = boost::asio;
namespace pb = causeway::homeserver::v1;
using Result = absl::StatusOr<pb::SyncResponse>;

}  // namespace

SyncMany::SyncMany(pb::Rooms::StubInterface& stub) : stub_(stub) {}

SyncMany::~SyncMany() {
  std::shared_ptr<SyncManyStream> stream;
  {
    absl::MutexLock lock(&mu_);
    stream.swap(stream_);
  }
  if (stream == nullptr) return;
  stream->Cancel();
  stream->AwaitDone();
}

asio::awaitable<Result> SyncMany::Await(pb::SyncRequest sync,
                                        const server::CallContext& call,
                                        std::stop_token stop_waiting) {
  // The callback below would run before there is a stream to tell.
  if (stop_waiting.stop_requested()) {
    co_return absl::CancelledError("stopped waiting");
  }
  const absl::Duration patience = call.deadline - absl::Now();
  const int64_t sync_id = next_sync_id_.fetch_add(1);
  pb::SyncManyRequest request;
  request.set_sync_id(sync_id);
  *request.mutable_sync() = std::move(sync);
  request.set_request_id(call.request_id);
  request.set_deadline_ms(absl::ToInt64Milliseconds(patience));

  asio::steady_timer deadline(co_await asio::this_coro::executor);
  std::shared_ptr<SyncManyStream> stream;
  const std::stop_callback on_stop(std::move(stop_waiting), [&] {
    stream->GiveUp(sync_id, absl::CancelledError("stopped waiting"));
  });
  auto start = [&](auto handler) {
    stream = Ask(std::move(request), threads::ResumeLater(std::move(handler)));
    deadline.expires_after(absl::ToChronoNanoseconds(patience));
    // Runs after the coroutine too.
    deadline.async_wait(
        [stream, sync_id](const boost::system::error_code& cancelled) {
          if (cancelled) return;
          stream->GiveUp(sync_id, absl::DeadlineExceededError("no answer"));
        });
  };
  co_return co_await asio::async_initiate<const asio::use_awaitable_t<>&,
                                          void(Result)>(std::move(start),
                                                        asio::use_awaitable);
}

std::shared_ptr<SyncManyStream> SyncMany::Ask(pb::SyncManyRequest request,
                                              Callback callback) {
  absl::MutexLock lock(&mu_);
  if (stream_ == nullptr || !stream_->Ask(request, callback)) {
    stream_ = SyncManyStream::Start(stub_);
    if (!stream_->Ask(request, callback)) {
      std::move(callback)(absl::UnavailableError("the homeserver is away"));
    }
  }
  return stream_;
}

}  // namespace causeway::gateway
