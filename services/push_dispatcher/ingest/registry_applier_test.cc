#include "services/push_dispatcher/ingest/registry_applier.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "services/push_dispatcher/store/fake_push_store.h"
#include "services/shared/registry_watch/registration.h"
#include "services/shared/registry_watch/snapshot_builder.h"

namespace causeway::push {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::shared_ptr<const registry_watch::Registration> Registered(
    registry_watch::Registration registration) {
  return std::make_shared<registry_watch::Registration>(
      std::move(registration));
}

class RegistryApplierTest : public ::testing::Test {
 protected:
  registry_watch::SnapshotBuilder builder_{"hs"};
  FakePushStore store_;
  registry_watch::LatestSnapshot latest_;
  registry_watch::LatestSnapshot applied_;
  std::vector<AppliedRegistry> told_;
  bool may_have_gone_ = false;  // As told last.
  RegistryApplier applier_{store_, latest_, applied_,
                           [this](const AppliedRegistry& change, bool gone) {
                             told_.push_back(change);
                             may_have_gone_ = gone;
                           }};
};

TEST_F(RegistryApplierTest, WaitsForTheRegistry) {
  EXPECT_FALSE(applier_.Behind());
  EXPECT_EQ(applier_.CatchUp().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(applier_.rules(), nullptr);
}

TEST_F(RegistryApplierTest, PutsEachRevisionInForceOnce) {
  builder_.Add({.uid = "1", .id = "irc", .url = "http://a"});
  latest_.Set(builder_.Build());
  EXPECT_TRUE(applier_.Behind());
  ASSERT_TRUE(applier_.CatchUp().ok());
  EXPECT_FALSE(applier_.Behind());
  ASSERT_TRUE(applier_.CatchUp().ok());
  ASSERT_THAT(told_, SizeIs(1));
  EXPECT_THAT(told_[0].created, ElementsAre(1));
  EXPECT_EQ(applier_.rules()->revision(), 1);
  EXPECT_EQ(applied_.Snapshot()->revision(), 1);

  latest_.Set(builder_.Remove("irc").Build());
  ASSERT_TRUE(applier_.CatchUp().ok());
  EXPECT_THAT(told_.back().dropped, ElementsAre(1));
  EXPECT_EQ(applied_.Snapshot()->revision(), 2);
}

TEST_F(RegistryApplierTest, EachChangeIsAppliedToTheRest) {
  builder_.Add({.uid = "1", .id = "irc", .url = "http://a"})
      .Add({.uid = "2", .id = "xmpp", .url = "http://a"})
      .Add({.uid = "3", .id = "sms"});
  latest_.Set(builder_.Build());
  ASSERT_TRUE(applier_.CatchUp().ok());
  latest_.Set(
      latest_.Snapshot()
          ->After(2,
                  {Registered({.uid = "3", .id = "s", .url = "http://a"}),
                   Registered({.uid = "4", .id = "new"})},
                  {"2"})
          .value());
  ASSERT_TRUE(applier_.CatchUp().ok());
  EXPECT_THAT(told_.back().created, ElementsAre(3));
  EXPECT_THAT(told_.back().dropped, ElementsAre(2));
  EXPECT_EQ(store_.FindQueue("irc").value().uid, 1);
  EXPECT_EQ(store_.FindQueue("s").value().uid, 3);

  latest_.Set(latest_.Snapshot()
                  ->After(3, {Registered({.uid = "1", .id = "irc"})}, {"4"})
                  .value());
  ASSERT_TRUE(applier_.CatchUp().ok());
  EXPECT_THAT(told_.back().dropped, ElementsAre(1));
}

// Whoever holds ten thousand queues looks through them only then.
TEST_F(RegistryApplierTest, TellsWhetherSomebodyMayHaveGone) {
  const auto irc = Registered({.uid = "1", .id = "irc", .url = "http://a"});
  const auto sms = Registered({.uid = "2", .id = "sms", .url = "http://a"});
  const auto sms_without_url = Registered({.uid = "2", .id = "sms"});
  latest_.Set(builder_.Build());
  ASSERT_TRUE(applier_.CatchUp().ok());
  EXPECT_TRUE(may_have_gone_);  // Nothing is known of before.

  const auto tell = [&](int64_t revision, auto updated,
                        std::vector<std::string> removed_uids) {
    latest_.Set(
        latest_.Snapshot()->After(revision, {updated}, removed_uids).value());
    ASSERT_TRUE(applier_.CatchUp().ok());
  };
  tell(2, irc, {});
  EXPECT_FALSE(may_have_gone_);
  tell(3, sms, {});
  EXPECT_FALSE(may_have_gone_);
  tell(4, sms_without_url, {});
  EXPECT_TRUE(may_have_gone_);
  tell(5, sms, {"1"});
  EXPECT_TRUE(may_have_gone_);
  // Another replica has dropped the queue, so this one drops none.
  ASSERT_TRUE(store_.ApplyRegistry(6, {}).ok());
  tell(6, irc, {"2"});
  EXPECT_TRUE(may_have_gone_);
  EXPECT_THAT(told_.back().dropped, IsEmpty());
  // What others have put in force and taken back since isn't known.
  ASSERT_TRUE(store_.ApplyRegistry(7, {}).ok());
  tell(8, irc, {});
  EXPECT_TRUE(may_have_gone_);
}

// What this process remembers isn't what the store has.
TEST_F(RegistryApplierTest, AStoreThatWentBackIsToldAll) {
  builder_.Add({.uid = "1", .id = "irc", .url = "http://a"});
  latest_.Set(builder_.Revision(5).Build());
  ASSERT_TRUE(applier_.CatchUp().ok());
  store_.GoBackTo(4);
  latest_.Set(
      latest_.Snapshot()
          ->After(6, {Registered({.uid = "2", .id = "b", .url = "http://a"})},
                  {})
          .value());
  ASSERT_TRUE(applier_.CatchUp().ok());
  EXPECT_THAT(told_.back().created, ElementsAre(2));
  EXPECT_EQ(applier_.rules()->revision(), 6);
}

TEST_F(RegistryApplierTest, TakesOverWhatAnotherReplicaHasPutInForce) {
  ASSERT_TRUE(store_.ApplyRegistry(1, {}).ok());
  latest_.Set(builder_.Build());
  ASSERT_TRUE(applier_.CatchUp().ok());
  EXPECT_EQ(applier_.rules()->revision(), 1);
}

// Events can't be matched against registrations that aren't known.
TEST_F(RegistryApplierTest, ALaterRevisionInForceIsWaitedFor) {
  ASSERT_TRUE(store_.ApplyRegistry(2, {}).ok());
  latest_.Set(builder_.Build());
  EXPECT_EQ(applier_.CatchUp().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(applier_.rules(), nullptr);
  latest_.Set(builder_.Build());
  EXPECT_TRUE(applier_.CatchUp().ok());
}

TEST_F(RegistryApplierTest, ARegistryThatWentBackIsReported) {
  latest_.Set(builder_.Revision(5).Build());
  ASSERT_TRUE(applier_.CatchUp().ok());
  latest_.Set(builder_.Revision(3).Build());
  EXPECT_EQ(applier_.CatchUp().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(applier_.rules()->revision(), 5);
}

TEST_F(RegistryApplierTest, TriesAgainWhenTheStoreIsBack) {
  store_.SetAway(true);
  latest_.Set(builder_.Build());
  EXPECT_FALSE(applier_.CatchUp().ok());
  EXPECT_TRUE(applier_.Behind());
  EXPECT_THAT(told_, IsEmpty());
  store_.SetAway(false);
  EXPECT_TRUE(applier_.CatchUp().ok());
}

}  // namespace
}  // namespace causeway::push
