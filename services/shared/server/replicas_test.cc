#include "services/shared/server/replicas.h"

#include <gmock/gmock.h>
#include <grpcpp/channel.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "causeway/testing/v1/echo.grpc.pb.h"
#include "services/shared/server/call_context.h"
#include "services/shared/server/testing/loopback_server.h"

namespace causeway::server {
namespace {

namespace pb = causeway::testing::v1;
using EchoReplicas = Replicas<pb::Echo>;

// Answers its name, or a failure; or nothing, until it goes on.
class NamedEcho final : public pb::Echo::Service {
 public:
  explicit NamedEcho(std::string name) : name_(std::move(name)) {}

  grpc::Status Say(grpc::ServerContext*, const pb::SayRequest* request,
                   pb::SayResponse* response) override {
    if (request->text() == "hang") goes_on.WaitForNotification();
    response->set_text(name_);
    return {static_cast<grpc::StatusCode>(request->code()), ""};
  }

  absl::Notification goes_on;

 private:
  const std::string name_;
};

class ReplicasTest : public ::testing::Test {
 protected:
  ~ReplicasTest() override { a_.goes_on.Notify(); }

  absl::StatusOr<pb::SayResponse> Call(const pb::SayRequest& request) {
    const bool hangs = request.text() == "hang";
    return replicas_.Call(
        MakeCallContext(hangs ? absl::Milliseconds(50) : absl::Seconds(30)),
        &EchoReplicas::Stub::Say, request);
  }
  std::string WhoAnswers() { return Call({}).value().text(); }

  NamedEcho a_{"a"};
  NamedEcho b_{"b"};
  LoopbackServer server_a_{a_};
  LoopbackServer server_b_{b_};
  EchoReplicas replicas_{std::vector<std::shared_ptr<grpc::Channel>>{
      server_a_.channel(), server_b_.channel()}};
};

TEST_F(ReplicasTest, StaysWithTheOneThatAnswers) {
  EXPECT_EQ(WhoAnswers(), "a");
  EXPECT_EQ(WhoAnswers(), "a");
}

TEST_F(ReplicasTest, LeavesOneThatIsAwayAndStaysWithTheNext) {
  server_a_.Stop();
  EXPECT_TRUE(absl::IsUnavailable(Call({}).status()));
  EXPECT_EQ(WhoAnswers(), "b");
  EXPECT_EQ(WhoAnswers(), "b");
}

TEST_F(ReplicasTest, LeavesOneThatHangs) {
  pb::SayRequest hang;
  hang.set_text("hang");
  EXPECT_TRUE(absl::IsDeadlineExceeded(Call(hang).status()));
  EXPECT_EQ(WhoAnswers(), "b");
}

TEST_F(ReplicasTest, LeavesOneOfAReleaseThatKnowsNoSuchMethod) {
  pb::SayRequest newer;
  newer.set_code(static_cast<int>(absl::StatusCode::kUnimplemented));
  EXPECT_TRUE(absl::IsUnimplemented(Call(newer).status()));
  EXPECT_EQ(WhoAnswers(), "b");
}

TEST_F(ReplicasTest, BehindTheLastComesTheFirst) {
  server_b_.Stop();
  replicas_.Answered(replicas_.current(), absl::UnavailableError(""));
  EXPECT_TRUE(absl::IsUnavailable(Call({}).status()));
  EXPECT_EQ(WhoAnswers(), "a");
}

// It has answered, and another would say the same.
TEST_F(ReplicasTest, AnErrorOfTheCallersIsAnAnswer) {
  pb::SayRequest refused;
  refused.set_code(static_cast<int>(absl::StatusCode::kInvalidArgument));
  EXPECT_TRUE(absl::IsInvalidArgument(Call(refused).status()));
  EXPECT_EQ(WhoAnswers(), "a");
}

// With two replicas, a second step would lead back to the one that fails.
TEST_F(ReplicasTest, CallsThatFailTogetherMoveOnOnce) {
  EchoReplicas::Stub& first = replicas_.current();
  EchoReplicas::Stub& second = replicas_.current();
  replicas_.Answered(first, absl::UnavailableError(""));
  replicas_.Answered(second, absl::UnavailableError(""));
  EXPECT_EQ(WhoAnswers(), "b");
}

}  // namespace
}  // namespace causeway::server
