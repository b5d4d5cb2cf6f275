#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_TESTING_OPERATOR_SERVICE_FIXTURE_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_TESTING_OPERATOR_SERVICE_FIXTURE_H_

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "absl/types/span.h"
#include "services/push_dispatcher/owner_inquiry.h"
#include "services/push_dispatcher/push_operator_service.h"
#include "services/push_dispatcher/queue_watch_feed.h"
#include "services/push_dispatcher/range_replayer.h"
#include "services/push_dispatcher/store/fake_push_store.h"
#include "services/shared/clock/fake_clock.h"
#include "services/shared/matrix/token.h"
#include "services/shared/registry_watch/latest_snapshot.h"
#include "services/shared/server/blocking_call.h"
#include "services/shared/server/call_context.h"
#include "services/shared/server/executor.h"

namespace causeway::push {

// PushOperator over real gRPC, on a fake store, without a loop that delivers
// anything.
class OperatorServiceFixture : public ::testing::Test {
 protected:
  using Operator = v1::PushOperator::StubInterface;
  using Transaction = v1::ListTransactionsResponse::Transaction;

  OperatorServiceFixture() {
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(),
                             &port);
    builder.RegisterService(&service_);
    server_ = builder.BuildAndStart();
    operator_ = v1::PushOperator::NewStub(
        grpc::CreateChannel("127.0.0.1:" + std::to_string(port),
                            grpc::InsecureChannelCredentials()));
    const auto source = store_.OpenSource("hs");
    const auto applied =
        store_.ApplyRegistry(1, {{{1, "irc", true}, {2, "xmpp", true}}});
    const auto entered = store_.Enter(replica_);
    EXPECT_TRUE(source.ok() && applied.ok() && entered.ok());
    // So far as anything is sealed in these tests.
    IngestBatch batch;
    batch.before = store_.OpenSource("hs").value();
    batch.end = {.position = 1000, .prefix_sha256 = std::string(32, 'x')};
    EXPECT_TRUE(store_.Commit(batch).ok());
  }
  ~OperatorServiceFixture() override { server_->Shutdown(); }

  template <typename Method, typename Request>
  auto Call(Method method, const Request& request) {
    return server::Call(server::MakeCallContext(absl::Seconds(30)), *operator_,
                        method, request);
  }

  // A request for the queue of "irc", with a reason.
  template <typename Request>
  static Request Act() {
    Request request;
    request.set_appservice_id("irc");
    request.set_reason("because");
    return request;
  }

  v1::Queue Queue() {
    v1::GetQueueRequest request;
    request.set_appservice_id("irc");
    return Call(&Operator::GetQueue, request).value();
  }

  std::vector<Transaction> Transactions() {
    v1::ListTransactionsRequest request;
    request.set_appservice_id("irc");
    const auto response = Call(&Operator::ListTransactions, request).value();
    return {response.transactions().begin(), response.transactions().end()};
  }

  // Takes the queue of "irc" and seals transactions of two events each, "n-1"
  // up to "n-<count>".
  QueueWrite Seal(int count) {
    const LeaseRound round = store_.Renew(replica_, {}).value();
    QueueWrite write;
    write.epoch = round.acquired.at(0).epoch;
    write.nonce = round.acquired[0].nonce;
    write.after = round.acquired[0].head;
    write.expected_txn_id = write.after.txn_id;
    const int64_t cursor = write.after.cursors.Get(1);
    for (int i = 1; i <= count; ++i) {
      write.after.txn_id = "n-" + std::to_string(i);
      write.after.sealed.push_back({.txn_id = write.after.txn_id,
                                    .source_id = 1,
                                    .last_position = cursor + 10 * i,
                                    .event_count = 2,
                                    .body_sha256 = matrix::Sha256("x"),
                                    .body_format = 1,
                                    .publish_time = {}});
    }
    EXPECT_TRUE(store_.Write({{1, write}})->at(0));
    return write;
  }

  // Ends the first that `write` sealed by putting it aside.
  void Quarantine(const QueueWrite& write) {
    QueueWrite settle;
    settle.epoch = write.epoch;
    settle.nonce = write.nonce;
    settle.expected_txn_id = write.after.txn_id;
    settle.expected_sealed_count =
        static_cast<int32_t>(write.after.sealed.size());
    settle.after = write.after;
    settle.after.sealed.erase(settle.after.sealed.begin());
    settle.after.cursors.Set(1, 10);
    settle.settled = {{write.after.sealed[0],
                       {.kind = Settlement::Kind::kQuarantined,
                        .reason = "refused 10 times",
                        .body = std::make_shared<std::string>(
                            R"({"events":[{"a":1},{"b":2}]})")}}};
    EXPECT_TRUE(store_.Write({{1, settle}})->at(0));
  }

  const ReplicaIdentity replica_ = {"a", "1", ""};
  FakePushStore store_;
  FakeClock clock_;
  server::Executor executor_{{.threads = 2}};
  std::optional<DeliveryStatus> status_;
  std::atomic<int> changed_count_ = 0;
  registry_watch::LatestSnapshot applied_;
  EventExplainer explainer_{store_, store_, store_, applied_};
  OwnerInquiry owners_{[this](AppserviceUid) { return status_; },
                       [](const std::string&) { return nullptr; }, clock_};
  QueueWatchFeed watch_feed_{
      {.interval = absl::Milliseconds(1), .watchers_max = 2},
      store_,
      [this](absl::Span<const QueueSummary> queues) {
        return owners_.Show(queues);
      },
      clock_};
  RangeReplayer range_replayer_{{},       store_, store_,
                                applied_, clock_, [this] { ++changed_count_; }};
  PushOperatorService service_{{.queue_changed = [this] { ++changed_count_; }},
                               store_,
                               owners_,
                               explainer_,
                               watch_feed_,
                               range_replayer_,
                               clock_,
                               executor_};
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<Operator> operator_;
};

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_TESTING_OPERATOR_SERVICE_FIXTURE_H_
