#include "services/push_dispatcher/ingest/registry_applier.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
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
  RegistryApplier applier_{
      store_, latest_, applied_,
      [this](const AppliedRegistry& change) { told_.push_back(change); }};
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
