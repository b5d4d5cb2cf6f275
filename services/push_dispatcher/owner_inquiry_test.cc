#include "services/push_dispatcher/owner_inquiry.h"

#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "services/shared/clock/fake_clock.h"
#include "services/shared/server/channel.h"

namespace causeway::push {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using Stub = v1::PushDispatcher::StubInterface;

// Another replica, which owns the queues 10 to 19 and writes down what it is
// asked.
class Peer final : public v1::PushDispatcher::CallbackService {
 public:
  Peer() {
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(),
                             &port);
    builder.RegisterService(this);
    server_ = builder.BuildAndStart();
    stub_ = v1::PushDispatcher::NewStub(
        server::MakeChannel(absl::StrCat("127.0.0.1:", port)));
  }
  ~Peer() override { End(); }

  grpc::ServerUnaryReactor* ListDeliveries(
      grpc::CallbackServerContext* context,
      const v1::ListDeliveriesRequest* request,
      v1::ListDeliveriesResponse* response) override {
    asked.push_back(
        {request->appservice_uids().begin(), request->appservice_uids().end()});
    for (const std::string& uid : asked.back()) {
      if (uid.size() != 2 || uid[0] != '1') continue;
      Delivery& delivery = *response->add_deliveries();
      delivery.set_appservice_uid(uid);
      delivery.set_state(v1::Queue::BACKING_OFF);
      delivery.set_attempts(7);
      delivery.set_last_error(absl::StrCat("HTTP 500 of ", uid));
    }
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }

  void End() { server_->Shutdown(); }
  std::shared_ptr<Stub> stub() const { return stub_; }

  std::vector<std::vector<std::string>> asked;

 private:
  std::unique_ptr<grpc::Server> server_;
  std::shared_ptr<Stub> stub_;
};

QueueSummary Queue(AppserviceUid uid, const std::string& owner) {
  QueueSummary queue;
  queue.uid = uid;
  queue.owner = owner;
  queue.queued_events = 1;
  return queue;
}

class OwnerInquiryTest : public ::testing::Test {
 protected:
  FakeClock clock_;
  Peer peer_;
  OwnerInquiry owners_{[](AppserviceUid uid) -> std::optional<DeliveryStatus> {
                         if (uid != 1) return std::nullopt;
                         DeliveryStatus status;
                         status.phase = Phase::kBackingOff;
                         status.last_error = "HTTP 503";
                         return status;
                       },
                       [this](const std::string& name) {
                         return name == "b" ? peer_.stub() : nullptr;
                       },
                       clock_};
};

TEST_F(OwnerInquiryTest, AsksEachOwnerOnceForAllItsQueues) {
  const auto queues =
      owners_.Show({Queue(10, "b"), Queue(1, "a"), Queue(11, "b")});
  ASSERT_THAT(queues, SizeIs(3));
  EXPECT_EQ(queues[0].last_error(), "HTTP 500 of 10");
  EXPECT_EQ(queues[0].state(), v1::Queue::BACKING_OFF);
  EXPECT_EQ(queues[0].attempts(), 7);
  EXPECT_EQ(queues[1].last_error(), "HTTP 503");
  EXPECT_EQ(queues[2].last_error(), "HTTP 500 of 11");
  for (const v1::Queue& queue : queues) {
    EXPECT_THAT(queue.owner_error(), IsEmpty());
  }
  EXPECT_THAT(peer_.asked, ElementsAre(ElementsAre("10", "11")));
}

TEST_F(OwnerInquiryTest, SaysWhyNobodyCouldBeAsked) {
  auto queues = owners_.Show({Queue(20, "b"), Queue(10, "c"), Queue(12, "")});
  EXPECT_THAT(queues.at(0).owner_error(), HasSubstr("does not have it now"));
  EXPECT_THAT(queues.at(1).owner_error(), HasSubstr("c, is not known to live"));
  EXPECT_THAT(queues.at(2).owner_error(), HasSubstr("no replica holds it"));
  for (const v1::Queue& queue : queues) {
    EXPECT_EQ(queue.state(), v1::Queue::UNKNOWN);
  }
  peer_.End();
  queues = owners_.Show({Queue(10, "b")});
  EXPECT_THAT(queues.at(0).owner_error(), HasSubstr("b, could not be asked"));
  EXPECT_EQ(queues.at(0).state(), v1::Queue::UNKNOWN);
}

// Where nothing waits, nobody need be asked to know that nothing is done.
TEST_F(OwnerInquiryTest, WhatIsEmptyIsIdleWhoeverOwnsIt) {
  QueueSummary queue = Queue(10, "c");
  queue.queued_events = 0;
  EXPECT_EQ(owners_.Show({queue}).at(0).state(), v1::Queue::IDLE);
}

}  // namespace
}  // namespace causeway::push
