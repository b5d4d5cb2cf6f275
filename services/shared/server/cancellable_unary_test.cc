#include "services/shared/server/cancellable_unary.h"

#include <grpcpp/client_context.h>
#include <grpcpp/support/status.h>

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "causeway/testing/v1/echo.grpc.pb.h"
#include "gtest/gtest.h"
#include "services/shared/server/testing/loopback_server.h"

namespace causeway::server {
namespace {

namespace pb = causeway::testing::v1;

constexpr absl::Duration kFarTooLong = absl::Seconds(30);

// Echoes, or waits until its caller has gone.
class WaitingService final : public pb::Echo::CallbackService {
 public:
  explicit WaitingService(Executor::Options options) : executor_(options) {}

  grpc::ServerUnaryReactor* Say(grpc::CallbackServerContext* context,
                                const pb::SayRequest* request,
                                pb::SayResponse* response) override {
    return SpawnCancellable(
        executor_, context, response,
        [this, request](const CallContext&, std::stop_token caller_gone) {
          return Answer(request->text(), std::move(caller_gone));
        });
  }

  absl::Notification waits;
  absl::Notification heard;

 private:
  boost::asio::awaitable<absl::StatusOr<pb::SayResponse>> Answer(
      std::string text, std::stop_token caller_gone) {
    if (text == "throw") throw std::runtime_error("thrown");
    if (text == "wait") {
      absl::Notification gone;
      const std::stop_callback on_gone(caller_gone, [&gone] { gone.Notify(); });
      waits.Notify();
      if (gone.WaitForNotificationWithTimeout(kFarTooLong)) heard.Notify();
      co_return absl::CancelledError("nobody waits any more");
    }
    pb::SayResponse response;
    response.set_text(text);
    co_return response;
  }

  Executor executor_;
};

grpc::Status Say(pb::Echo::StubInterface& stub, const std::string& text,
                 pb::SayResponse& response) {
  grpc::ClientContext context;
  pb::SayRequest request;
  request.set_text(text);
  return stub.Say(&context, request, &response);
}

TEST(CancellableUnaryTest, AnswersLikeAnyCall) {
  WaitingService service({.threads = 1});
  LoopbackServer server(service);
  const auto stub = pb::Echo::NewStub(server.channel());
  pb::SayResponse response;
  EXPECT_TRUE(Say(*stub, "hello", response).ok());
  EXPECT_EQ(response.text(), "hello");
  EXPECT_EQ(Say(*stub, "throw", response).error_code(), grpc::INTERNAL);
}

TEST(CancellableUnaryTest, WithoutRoomItFailsAtOnce) {
  WaitingService service({.threads = 1, .coroutines_max = 0});
  LoopbackServer server(service);
  const auto stub = pb::Echo::NewStub(server.channel());
  pb::SayResponse response;
  EXPECT_EQ(Say(*stub, "hello", response).error_code(), grpc::UNAVAILABLE);
}

TEST(CancellableUnaryTest, HandlerHearsWhenItsCallerHasGone) {
  WaitingService service({.threads = 1});
  LoopbackServer server(service);
  const auto stub = pb::Echo::NewStub(server.channel());
  grpc::ClientContext context;
  pb::SayRequest request;
  request.set_text("wait");
  pb::SayResponse response;
  absl::Notification done;
  stub->async()->Say(&context, &request, &response,
                     [&done](const grpc::Status&) { done.Notify(); });
  service.waits.WaitForNotification();
  context.TryCancel();
  EXPECT_TRUE(service.heard.WaitForNotificationWithTimeout(kFarTooLong));
  done.WaitForNotification();
}

}  // namespace
}  // namespace causeway::server
