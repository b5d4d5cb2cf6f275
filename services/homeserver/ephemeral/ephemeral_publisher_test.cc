#include "services/homeserver/ephemeral/ephemeral_publisher.h"

#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/homeserver/ephemeral/ephemeral_push_client.h"

namespace causeway::homeserver {
namespace {

using ::testing::ElementsAre;

// A push_dispatcher that answers when it's told to.
class HeldPush final : public EphemeralPushClient {
 public:
  absl::Status PublishEphemeral(std::vector<std::string> jsons) override {
    absl::MutexLock lock(&mu_);
    calls_.push_back(std::move(jsons));
    auto released = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
      return calls_.size() <= released_;
    };
    mu_.Await(absl::Condition(&released));
    return absl::UnavailableError("lost");
  }

  void Release(size_t calls) {
    absl::MutexLock lock(&mu_);
    released_ = calls;
  }
  std::vector<std::string> AwaitCall(size_t number) {
    absl::MutexLock lock(&mu_);
    auto came = [this, number]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
      return calls_.size() > number;
    };
    mu_.Await(absl::Condition(&came));
    return calls_[number];
  }

 private:
  absl::Mutex mu_;
  std::vector<std::vector<std::string>> calls_ ABSL_GUARDED_BY(mu_);
  size_t released_ ABSL_GUARDED_BY(mu_) = 0;
};

class EphemeralPublisherTest : public ::testing::Test {
 protected:
  ~EphemeralPublisherTest() override { push_.Release(1000); }

  // Returns when the publisher is in a call, so that what comes now waits.
  void Occupy() {
    publisher_.Publish({.key = "first", .json = "{}"});
    EXPECT_THAT(push_.AwaitCall(0), ElementsAre("{}"));
  }

  HeldPush push_;
  EphemeralPublisher publisher_{{.waiting_max = 3,
                                 .events_max = 2,
                                 .bytes_max = 10,
                                 .interval = absl::ZeroDuration()},
                                push_};
};

TEST_F(EphemeralPublisherTest, KeepsTheLastOfEachKeyInOrder) {
  Occupy();
  publisher_.Publish({.key = "a", .json = "1"});
  publisher_.Publish({.key = "b", .json = "2"});
  publisher_.Publish({.key = "a", .json = "3"});
  push_.Release(1);
  EXPECT_THAT(push_.AwaitCall(1), ElementsAre("3", "2"));
}

TEST_F(EphemeralPublisherTest, CallsAreBoundedAndWhatHasNoRoomIsLost) {
  Occupy();
  for (const char* key : {"a", "b", "c", "d"}) {
    publisher_.Publish({.key = key, .json = key});
  }
  push_.Release(2);
  EXPECT_THAT(push_.AwaitCall(1), ElementsAre("a", "b"));
  EXPECT_THAT(push_.AwaitCall(2), ElementsAre("c"));
  publisher_.Publish({.key = "large", .json = "0123456789"});
  publisher_.Publish({.key = "small", .json = "0"});
  push_.Release(5);
  EXPECT_THAT(push_.AwaitCall(3), ElementsAre("0123456789"));
  EXPECT_THAT(push_.AwaitCall(4), ElementsAre("0"));
}

TEST_F(EphemeralPublisherTest, RoomsTravelInsideTheEvent) {
  publisher_.Publish({.key = "p", .json = R"({"a":1})", .room_ids = {"!r:hs"}});
  EXPECT_THAT(push_.AwaitCall(0),
              ElementsAre(R"({"a":1,"room_ids":["!r:hs"]})"));
}

}  // namespace
}  // namespace causeway::homeserver
