// Goal: a transaction of an upstream homeserver is taken in once, whatever dies
// between its first try and its last. Method: real gRPC, the real database,
// real HTTP to the application service; the process is destroyed and made anew.
#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "services/push_dispatcher/push_service.h"
#include "services/push_dispatcher/store/postgres_test_stores.h"
#include "services/push_dispatcher/testing/push_process.h"
#include "services/push_dispatcher/testing/recording_appservice.h"
#include "services/shared/postgres/test_cluster.h"
#include "services/shared/registry_watch/snapshot_builder.h"
#include "services/shared/server/blocking_call.h"
#include "services/shared/server/call_context.h"

namespace causeway::push {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;
using Kind = namespaces::NamespaceKind;
using Dispatcher = v1::PushDispatcher::StubInterface;

postgres::TestCluster& Cluster() {
  static postgres::TestCluster cluster;
  return cluster;
}

std::string Message(const std::string& event_id) {
  return absl::StrCat(R"({"event_id":")", event_id,
                      R"(","room_id":"!irc_a:up","type":"m.room.message",)",
                      R"("sender":"@alice:up","origin_server_ts":1,)",
                      R"("content":{}})");
}

v1::PublishTransactionRequest Transaction(
    const std::string& txn_id, const std::vector<std::string>& events) {
  v1::PublishTransactionRequest request;
  request.set_source("up");
  request.set_txn_id(txn_id);
  request.set_body(
      absl::StrCat("{\"events\":[", absl::StrJoin(events, ","), "]}"));
  return request;
}

// One process with its gRPC; to destroy it is to kill it.
class Replica {
 public:
  Replica(const std::string& database,
          std::shared_ptr<const registry_watch::RegistrySnapshot> registry)
      : stores_(OpenPushDatabase(database)), process_({}, stores_) {
    process_.SetRegistry(std::move(registry));
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(),
                             &port);
    builder.RegisterService(&service_);
    server_ = builder.BuildAndStart();
    stub_ = v1::PushDispatcher::NewStub(grpc::CreateChannel(
        absl::StrCat("127.0.0.1:", port), grpc::InsecureChannelCredentials()));
  }
  ~Replica() { server_->Shutdown(); }

  template <typename Method, typename Request>
  auto Call(Method method, const Request& request) {
    return server::Call(server::MakeCallContext(absl::Seconds(30)), *stub_,
                        method, request);
  }
  PushStores& stores() { return stores_; }

 private:
  PushStores stores_;
  PushProcess process_;
  RealClock clock_;
  server::Executor executor_{{.threads = 2}};
  PushService service_{process_.ingest(),
                       *stores_.ingest,
                       process_.ephemeral(),
                       process_.loop(),
                       process_.applied(),
                       clock_,
                       executor_,
                       {.queues_handed_over = [] {}}};
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<Dispatcher> stub_;
};

class UpstreamRecoveryTest : public ::testing::Test {
 protected:
  UpstreamRecoveryTest() {
    registry_.Add({.uid = "7",
                   .id = "irc",
                   .url = appservice_.url(),
                   .hs_token_sealed = SealedHsToken("7"),
                   .namespaces = {{Kind::kRooms, "!irc_.*", true}},
                   .dialect = registry_watch::Dialect::kDraft});
    snapshot_ = registry_.Build();
  }

  std::unique_ptr<Replica> Start() {
    return std::make_unique<Replica>(database_, snapshot_);
  }

  const std::string database_ = NewPushDatabase(Cluster());
  RecordingAppservice appservice_;
  registry_watch::SnapshotBuilder registry_{"up"};
  std::shared_ptr<const registry_watch::RegistrySnapshot> snapshot_;
};

TEST_F(UpstreamRecoveryTest, IsTakenOnceOverRestarts) {
  auto replica = Start();
  const auto first = Transaction("1", {Message("$1"), Message("$2")});
  auto answer = replica->Call(&Dispatcher::PublishTransaction, first);
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->taken_events(), 2);
  replica = Start();
  answer = replica->Call(&Dispatcher::PublishTransaction, first);
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->taken_events(), 2);
  // The homeserver has lost the end of its database, and counts anew.
  answer = replica->Call(&Dispatcher::PublishTransaction,
                         Transaction("1", {Message("$2"), Message("$3")}));
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->taken_events(), 1);
  appservice_.AwaitEvents({Message("$1"), Message("$2"), Message("$3")});

  v1::GetSourceRequest get;
  get.set_name("up");
  EXPECT_EQ(replica->Call(&Dispatcher::GetSource, get)->next_position(), 4);
  const auto acts =
      replica->stores().operators->ListAuditRecords("", kNewest, 9).value();
  ASSERT_THAT(acts, SizeIs(1));
  EXPECT_EQ(acts[0].action, "transaction_changed");
}

// The answer of the first try is lost with the database.
TEST_F(UpstreamRecoveryTest, IsTakenOnceThoughTheDatabaseDies) {
  auto replica = Start();
  ASSERT_TRUE(replica
                  ->Call(&Dispatcher::PublishTransaction,
                         Transaction("1", {Message("$1")}))
                  .ok());
  Cluster().Stop();
  const auto second = Transaction("2", {Message("$2")});
  EXPECT_EQ(
      replica->Call(&Dispatcher::PublishTransaction, second).status().code(),
      absl::StatusCode::kUnavailable);
  Cluster().Start();
  while (!replica->Call(&Dispatcher::PublishTransaction, second).ok()) {
  }
  ASSERT_TRUE(replica->Call(&Dispatcher::PublishTransaction, second).ok());
  appservice_.AwaitEvents({Message("$1"), Message("$2")});
}

TEST_F(UpstreamRecoveryTest, OneBadEventHoldsUpNoOther) {
  auto replica = Start();
  const auto answer = replica->Call(
      &Dispatcher::PublishTransaction,
      Transaction("1", {Message("$1"), R"({"event_id":"$x"})", Message("$2")}));
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->taken_events(), 2);
  EXPECT_EQ(answer->refused_events(), 1);
  appservice_.AwaitEvents({Message("$1"), Message("$2")});
  const auto acts =
      replica->stores().operators->ListAuditRecords("", kNewest, 9).value();
  ASSERT_THAT(acts, SizeIs(1));
  EXPECT_EQ(acts[0].action, "events_refused");
  EXPECT_THAT(acts[0].reason, HasSubstr("events[1]"));

  v1::PublishTransactionRequest bad = Transaction("2", {});
  bad.set_body("no");
  EXPECT_EQ(replica->Call(&Dispatcher::PublishTransaction, bad).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST_F(UpstreamRecoveryTest, ASourceIsOfOneKind) {
  auto replica = Start();
  ASSERT_TRUE(
      replica->Call(&Dispatcher::PublishTransaction, Transaction("1", {}))
          .ok());
  v1::PublishRequest publish;
  publish.set_source("up");
  publish.set_first_position(1);
  publish.set_prefix_sha256(std::string(32, '\0'));
  publish.add_records()->set_event_json(Message("$1"));
  EXPECT_EQ(replica->Call(&Dispatcher::Publish, publish).status().code(),
            absl::StatusCode::kFailedPrecondition);
  replica = Start();
  EXPECT_EQ(replica->Call(&Dispatcher::Publish, publish).status().code(),
            absl::StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace causeway::push
