#include "services/push_dispatcher/queue_watch_view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

namespace causeway::push {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

v1::Queue Queue(const std::string& appservice_id, int64_t events = 0) {
  v1::Queue queue;
  queue.set_appservice_id(appservice_id);
  queue.set_queued_events(events);
  return queue;
}

std::vector<std::string> Ids(const v1::WatchQueuesResponse& message) {
  std::vector<std::string> ids;
  for (const v1::Queue& queue : message.queues()) {
    ids.push_back(queue.appservice_id());
  }
  return ids;
}

// What a watcher of `appservice_id` is told.
std::vector<v1::WatchQueuesResponse> Tell(
    const QueueWatchView& view, const QueueWatchView* before,
    const std::string& appservice_id = "") {
  QueueWatchMessages messages = view.MessagesSince(before, appservice_id);
  std::vector<v1::WatchQueuesResponse> told;
  while (!messages.done()) told.push_back(messages.Next());
  return told;
}

TEST(QueueWatchViewTest, TellsAllAtFirstThenWhatHasChanged) {
  const QueueWatchView first({Queue("b"), Queue("a"), Queue("c")}, {});
  auto messages = Tell(first, nullptr);
  ASSERT_THAT(messages, SizeIs(1));
  EXPECT_THAT(Ids(messages[0]), ElementsAre("a", "b", "c"));
  EXPECT_TRUE(messages[0].complete());

  const QueueWatchView same({Queue("a"), Queue("b"), Queue("c")}, first);
  EXPECT_THAT(Tell(same, &first), IsEmpty());

  const QueueWatchView other({Queue("a"), Queue("b", 1), Queue("d")}, same);
  // Also of a watcher that is behind by more than one.
  messages = Tell(other, &first);
  ASSERT_THAT(messages, SizeIs(1));
  EXPECT_THAT(Ids(messages[0]), ElementsAre("b", "d"));
  EXPECT_EQ(messages[0].queues(0).queued_events(), 1);
  EXPECT_THAT(messages[0].removed_appservice_ids(), ElementsAre("c"));
}

TEST(QueueWatchViewTest, TellsOfNobody) {
  const QueueWatchView none({}, {});
  const auto messages = Tell(none, nullptr);
  ASSERT_THAT(messages, SizeIs(1));
  EXPECT_TRUE(messages[0].complete());
}

TEST(QueueWatchViewTest, TellsOfOneAlone) {
  const QueueWatchView first({Queue("a"), Queue("b")}, {});
  EXPECT_THAT(Ids(Tell(first, nullptr, "b").at(0)), ElementsAre("b"));
  const QueueWatchView second({Queue("b")}, first);
  EXPECT_THAT(Tell(second, &first, "b"), IsEmpty());
  EXPECT_THAT(Tell(second, &first, "a").at(0).removed_appservice_ids(),
              ElementsAre("a"));
}

TEST(QueueWatchViewTest, TimePassingIsNoChange) {
  v1::Queue queue = Queue("a");
  queue.mutable_next_attempt_time()->set_nanos(1);
  const QueueWatchView first({queue}, {});
  queue.mutable_next_attempt_time()->set_nanos(2);
  const QueueWatchView second({queue}, first);
  EXPECT_THAT(Tell(second, &first), IsEmpty());
  queue.set_attempts(1);
  const QueueWatchView third({queue}, second);
  EXPECT_THAT(Tell(third, &first), SizeIs(1));
}

TEST(QueueWatchViewTest, MessagesAreBounded) {
  std::vector<v1::Queue> queues;
  for (size_t i = 0; i < kWatchedQueuesPerMessage + 1; ++i) {
    queues.push_back(Queue(absl::StrCat(i)));
  }
  const QueueWatchView view(queues, {});
  const auto messages = Tell(view, nullptr);
  ASSERT_THAT(messages, SizeIs(2));
  EXPECT_THAT(messages[0].queues(), SizeIs(kWatchedQueuesPerMessage));
  EXPECT_FALSE(messages[0].complete());
  EXPECT_TRUE(messages[1].complete());
}

}  // namespace
}  // namespace causeway::push
