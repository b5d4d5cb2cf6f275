#include "services/push_dispatcher/delivery/replica_waker.h"

#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "causeway/push/v1/push.grpc.pb.h"
#include "services/push_dispatcher/delivery/queue_word.h"

namespace causeway::push {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;
using Word = QueueWord::Kind;

// Another replica, which writes down what it is told. It can hold its answers
// back.
class Peer final : public v1::PushDispatcher::CallbackService {
 public:
  Peer() {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(),
                             &port_);
    builder.RegisterService(this);
    server_ = builder.BuildAndStart();
  }
  ~Peer() override {
    Release();
    server_->Shutdown();
  }

  grpc::ServerUnaryReactor* Wake(grpc::CallbackServerContext* context,
                                 const v1::WakeRequest* request,
                                 v1::WakeResponse*) override {
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    absl::MutexLock lock(&mu_);
    told_.push_back(*request);
    if (holding_) {
      held_.push_back(reactor);
    } else {
      reactor->Finish(grpc::Status::OK);
    }
    return reactor;
  }

  std::string address() const { return absl::StrCat("127.0.0.1:", port_); }
  void Hold() {
    absl::MutexLock lock(&mu_);
    holding_ = true;
  }
  void Release() {
    absl::MutexLock lock(&mu_);
    holding_ = false;
    for (grpc::ServerUnaryReactor* reactor : std::exchange(held_, {})) {
      reactor->Finish(grpc::Status::OK);
    }
  }
  // All that was told, once there were `count`.
  std::vector<v1::WakeRequest> Await(size_t count) {
    absl::MutexLock lock(&mu_);
    auto told = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
      return told_.size() >= count;
    };
    EXPECT_TRUE(
        mu_.AwaitWithTimeout(absl::Condition(&told), absl::Seconds(30)));
    return told_;
  }

 private:
  absl::Mutex mu_;
  bool holding_ ABSL_GUARDED_BY(mu_) = false;
  std::vector<v1::WakeRequest> told_ ABSL_GUARDED_BY(mu_);
  std::vector<grpc::ServerUnaryReactor*> held_ ABSL_GUARDED_BY(mu_);
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

TEST(ReplicaWakerTest, TellsOneAlone) {
  Peer one, other;
  ReplicaWaker waker;
  waker.SetPeers({{"a", one.address()}, {"b", other.address()}});
  waker.Wake("b", {{Word::kHanded, 7}});
  waker.Wake("c", {{Word::kHanded, 7}});
  waker.Wake({{Word::kQueued, 8}});
  EXPECT_THAT(other.Await(2)[0].handed_uids(), ElementsAre("7"));
  EXPECT_THAT(one.Await(1)[0].handed_uids(), IsEmpty());
}

TEST(ReplicaWakerTest, TellsEveryPeerWhatHappened) {
  Peer b;
  Peer c;
  ReplicaWaker waker;
  waker.SetPeers({{"b", b.address()}, {"c", c.address()}});
  waker.Wake({{Word::kQueued, 1}, {Word::kHeard, 2}, {Word::kPinged, 3}});
  for (Peer* peer : {&b, &c}) {
    const v1::WakeRequest request = peer->Await(1)[0];
    EXPECT_THAT(request.appservice_uids(), ElementsAre("1"));
    EXPECT_THAT(request.heard_uids(), ElementsAre("2"));
    EXPECT_THAT(request.pinged_uids(), ElementsAre("3"));
  }
}

TEST(ReplicaWakerTest, TellsTogetherWhatCameWhileAWordWasUnderWay) {
  Peer peer;
  peer.Hold();
  ReplicaWaker waker;
  waker.SetPeers({{"b", peer.address()}});
  waker.Wake({{Word::kQueued, 1}});
  peer.Await(1);
  waker.Wake({{Word::kQueued, 2}, {Word::kQueued, 3}});
  waker.Wake({{Word::kQueued, 2}});
  peer.Release();
  const auto told = peer.Await(2);
  ASSERT_THAT(told, SizeIs(2));
  EXPECT_THAT(told[1].appservice_uids(), UnorderedElementsAre("2", "3"));
}

TEST(ReplicaWakerTest, OneCallIsBounded) {
  Peer peer;
  ReplicaWaker waker;
  waker.SetPeers({{"b", peer.address()}});
  std::vector<QueueWord> words;
  for (AppserviceUid uid = 1; uid <= 10001; ++uid) {
    words.push_back({Word::kQueued, uid});
  }
  waker.Wake(words);
  const auto told = peer.Await(2);
  EXPECT_THAT(told[0].appservice_uids(), SizeIs(10000));
  EXPECT_THAT(told[1].appservice_uids(), SizeIs(1));
}

TEST(ReplicaWakerTest, WhoHasLeftOrMovedIsToldThere) {
  Peer before;
  Peer after;
  Peer other;
  ReplicaWaker waker;
  waker.SetPeers({{"b", before.address()}, {"c", other.address()}});
  waker.SetPeers({{"b", after.address()}});
  waker.Wake({{Word::kQueued, 1}});
  EXPECT_THAT(after.Await(1), SizeIs(1));
  EXPECT_THAT(before.Await(0), IsEmpty());
  EXPECT_THAT(other.Await(0), IsEmpty());
}

// One that doesn't answer delays neither the others nor the end.
TEST(ReplicaWakerTest, ADeafPeerHoldsUpNobody) {
  Peer deaf;
  deaf.Hold();
  Peer other;
  {
    ReplicaWaker waker;
    waker.SetPeers({{"b", deaf.address()},
                    {"c", other.address()},
                    {"d", "127.0.0.1:1"}});  // Nobody is there.
    waker.Wake({{Word::kQueued, 1}});
    deaf.Await(1);
    waker.Wake({{Word::kQueued, 2}});
    std::vector<std::string> uids;
    for (size_t count = 1; uids.size() < 2; ++count) {
      uids.clear();
      for (const v1::WakeRequest& request : other.Await(count)) {
        uids.insert(uids.end(), request.appservice_uids().begin(),
                    request.appservice_uids().end());
      }
    }
    EXPECT_THAT(uids, ElementsAre("1", "2"));
  }
  EXPECT_THAT(deaf.Await(1), SizeIs(1));
}

}  // namespace
}  // namespace causeway::push
