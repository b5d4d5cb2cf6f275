#include "services/homeserver/sync/sync_streams.h"

#include <grpcpp/client_context.h>
#include <grpcpp/server_context.h>
#include <grpcpp/support/status.h>
#include <grpcpp/support/sync_stream.h>

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <stop_token>
#include <string>

#include "absl/status/statusor.h"
#include "causeway/homeserver/v1/homeserver.grpc.pb.h"
#include "gtest/gtest.h"
#include "services/shared/server/call_context.h"
#include "services/shared/server/channel.h"
#include "services/shared/server/executor.h"
#include "services/shared/server/testing/loopback_server.h"

namespace causeway::homeserver {
namespace {

// Answers as many bytes as the timeout has milliseconds.
boost::asio::awaitable<absl::StatusOr<v1::SyncResponse>> AnswerBytes(
    const v1::SyncRequest& request, server::CallContext, std::stop_token) {
  v1::SyncResponse response;
  response.set_next_batch(std::string(request.timeout_ms(), 'x'));
  co_return response;
}

class SyncStreamsTest : public ::testing::Test {
 protected:
  class Service final : public v1::Rooms::CallbackService {
   public:
    grpc::ServerBidiReactor<v1::SyncManyRequest, v1::SyncManyResponse>*
    SyncMany(grpc::CallbackServerContext*) override {
      return streams_.Open();
    }

   private:
    server::Executor executor_{{.threads = 1}};
    SyncStreams streams_{AnswerBytes, executor_};
  };

  Service service_;
  server::LoopbackServer server_{service_};
};

// Goal: what is too large for a message of gRPC fails alone. Method: one such
// answer and then another, on one stream.
TEST_F(SyncStreamsTest, OneAnswerThatIsTooLargeEndsNoStream) {
  const auto stub = v1::Rooms::NewStub(server_.channel());
  grpc::ClientContext context;
  const auto stream = stub->SyncMany(&context);
  v1::SyncManyRequest request;
  request.set_sync_id(1);
  request.mutable_sync()->set_timeout_ms(server::kMessageBytesMax);
  ASSERT_TRUE(stream->Write(request));
  v1::SyncManyResponse answer;
  ASSERT_TRUE(stream->Read(&answer));
  EXPECT_EQ(answer.sync_id(), 1);
  EXPECT_EQ(answer.failure().code(), grpc::StatusCode::INVALID_ARGUMENT);
  request.set_sync_id(2);
  request.mutable_sync()->set_timeout_ms(3);
  ASSERT_TRUE(stream->Write(request));
  ASSERT_TRUE(stream->Read(&answer));
  EXPECT_EQ(answer.response().next_batch(), "xxx");
  stream->WritesDone();
  EXPECT_TRUE(stream->Finish().ok());
}

}  // namespace
}  // namespace causeway::homeserver
