// Rooms.SyncMany: syncs of many over one stream.

#include <grpcpp/client_context.h>
#include <grpcpp/support/status.h>
#include <grpcpp/support/sync_stream.h>

#include <cstdint>
#include <memory>
#include <string>
#include <thread>

#include "causeway/homeserver/v1/homeserver.grpc.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/homeserver/rooms/rooms_service_fixture.h"
#include "services/homeserver/rooms/test_events.h"
#include "services/homeserver/rooms/test_homeserver.h"
#include "services/shared/server/grpc_status.h"
#include "services/shared/status/errcode.h"

namespace causeway::homeserver {
namespace {

using ::testing::SizeIs;

class SyncManyTest : public RoomsServiceFixture {
 protected:
  void Ask(int64_t sync_id, const std::string& since, int64_t timeout_ms) {
    v1::SyncManyRequest request;
    request.set_sync_id(sync_id);
    *request.mutable_sync() = AsAlice<v1::SyncRequest>();
    request.mutable_sync()->set_since(since);
    request.mutable_sync()->set_timeout_ms(timeout_ms);
    request.set_deadline_ms(60000);
    ASSERT_TRUE(stream_->Write(request));
  }

  v1::SyncManyResponse Next() {
    v1::SyncManyResponse response;
    EXPECT_TRUE(stream_->Read(&response));
    return response;
  }

  // How the call ended, when there is nothing more to read.
  grpc::Status End() {
    v1::SyncManyResponse response;
    EXPECT_FALSE(stream_->Read(&response));
    return stream_->Finish();
  }

  // Where alice stands now.
  std::string Now() {
    return server_.Call(&Stub::Sync, AsAlice<v1::SyncRequest>())->next_batch();
  }

  void AwaitWaiting(int count) {
    while (server_.SyncsWaiting() != count) std::this_thread::yield();
  }

  grpc::ClientContext context_;
  const std::unique_ptr<grpc::ClientReaderWriterInterface<v1::SyncManyRequest,
                                                          v1::SyncManyResponse>>
      stream_ = server_.stub().SyncMany(&context_);
};

TEST_F(SyncManyTest, WhoWaitsHoldsUpNobody) {
  const std::string room_id = CreateRoom();
  const std::string since = Now();
  Ask(1, since, 60000);
  Ask(2, since, 0);
  EXPECT_EQ(Next().sync_id(), 2);
  ASSERT_TRUE(Send(PersonPrincipal(kAlice), room_id, R"({"body":"x"})").ok());
  const v1::SyncManyResponse answer = Next();
  EXPECT_EQ(answer.sync_id(), 1);
  ASSERT_THAT(answer.response().joined(), SizeIs(1));
  EXPECT_EQ(BodyOf(answer.response().joined(0).timeline_event_jsons(0)), "x");
  stream_->WritesDone();
  EXPECT_TRUE(End().ok());
}

TEST_F(SyncManyTest, WhatFailsIsAnAnswer) {
  Ask(1, "tomorrow", 0);
  const v1::SyncManyResponse answer = Next();
  const absl::Status status = server::FromGrpcStatus(
      {static_cast<grpc::StatusCode>(answer.failure().code()),
       answer.failure().message(), answer.failure().details()});
  EXPECT_EQ(GetErrcode(status), "M_INVALID_PARAM");
  // The stream goes on.
  Ask(2, "", 0);
  EXPECT_TRUE(Next().has_response());
}

TEST_F(SyncManyTest, EndsAfterTheLastAnswerWhenDrained) {
  CreateRoom();
  const std::string since = Now();
  Ask(1, since, 60000);
  Ask(2, since, 0);
  EXPECT_EQ(Next().sync_id(), 2);  // So the first has been read too.
  server_.Drain();
  EXPECT_EQ(Next().sync_id(), 1);
  EXPECT_EQ(End().error_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(SyncManyTest, WhoIsGivenUpWaitsNoLonger) {
  const std::string since = Now();
  Ask(1, since, 60000);
  Ask(2, since, 60000);
  AwaitWaiting(2);
  v1::SyncManyRequest give_up;
  give_up.set_sync_id(1);
  give_up.set_give_up(true);
  ASSERT_TRUE(stream_->Write(give_up));
  const v1::SyncManyResponse answer = Next();
  EXPECT_EQ(answer.sync_id(), 1);
  EXPECT_EQ(answer.failure().code(), grpc::StatusCode::CANCELLED);
  EXPECT_EQ(server_.SyncsWaiting(), 1);
  // One that has been answered can't be given up.
  ASSERT_TRUE(stream_->Write(give_up));
  Ask(3, since, 0);
  EXPECT_EQ(Next().sync_id(), 3);
}

TEST_F(SyncManyTest, EndsWithItsWaitsWhenItsCallerGoes) {
  const std::string since = Now();
  Ask(1, since, 60000);
  Ask(2, since, 60000);
  AwaitWaiting(2);
  context_.TryCancel();
  EXPECT_EQ(End().error_code(), grpc::StatusCode::CANCELLED);
  AwaitWaiting(0);
}

}  // namespace
}  // namespace causeway::homeserver
