#include "services/push_dispatcher/ingest/batch_builder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "services/push_dispatcher/testing/test_source.h"
#include "services/shared/registry_watch/snapshot_builder.h"

namespace causeway::push {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;
using Kind = namespaces::NamespaceKind;

class BatchBuilderTest : public ::testing::Test {
 protected:
  BatchBuilderTest() {
    registry_watch::SnapshotBuilder builder("hs");
    builder
        .Add({.uid = "10",
              .id = "ghosts",
              .url = "http://a",
              .namespaces = {{Kind::kUsers, "@ghost_.*", true}},
              .receive_ephemeral = true})
        .Add({.uid = "20",
              .id = "rooms",
              .url = "http://a",
              .namespaces = {{Kind::kRooms, "!irc_.*", true},
                             {Kind::kAliases, "#irc_.*", true}}})
        .Add({.uid = "30",
              .id = "silent",
              .namespaces = {{Kind::kUsers, "@.*", false}}});
    rules_ = std::make_shared<InterestRules>(builder.Build());
    before_.id = 1;
    before_.end = {.position = 100, .prefix_sha256 = std::string(32, 'x')};
  }

  // What the source's records make, with rooms as the cache has them.
  IngestBatch Build() {
    const PublishBatch published = source_.Take();
    BatchBuilder builder(before_, *rules_, rooms_);
    for (const std::string& room_id : builder.MissingRooms(published.records)) {
      rooms_.Insert(1, room_id, RoomInterest(rules_, room_id, {}));
    }
    EXPECT_THAT(builder.MissingRooms(published.records), IsEmpty());
    builder.Add(published.records);
    EXPECT_EQ(builder.record_count(), published.records.size());
    return builder.Build({.position = 200, .prefix_sha256 = "end"});
  }

  // "index index ..." of the events that a queue gets.
  static std::vector<size_t> Indexes(const EventSet& events) {
    std::vector<size_t> indexes;
    for (std::optional<size_t> i = events.Next(0); i.has_value();
         i = events.Next(*i + 1)) {
      indexes.push_back(*i);
    }
    return indexes;
  }

  std::shared_ptr<const InterestRules> rules_;
  SourceState before_;
  RoomCache rooms_{1000};
  TestSource source_{"hs"};
};

TEST_F(BatchBuilderTest, EachQueueGetsItsEvents) {
  source_.Message("!plain:hs", "@alice:hs", "nobody's");
  source_.Message("!irc_a:hs", "@alice:hs", "a room's");
  source_.Skip();
  source_.Message("!irc_a:hs", "@ghost_b:hs", "both");
  const IngestBatch batch = Build();
  EXPECT_EQ(batch.before, before_);
  EXPECT_EQ(batch.end.position, 200);
  ASSERT_THAT(batch.entries, SizeIs(2));
  EXPECT_EQ(batch.entries[0].uid, 10);
  EXPECT_THAT(Indexes(batch.entries[0].events), ElementsAre(3));
  EXPECT_EQ(batch.entries[0].last_position, 103);
  EXPECT_EQ(batch.entries[1].uid, 20);
  EXPECT_THAT(Indexes(batch.entries[1].events), ElementsAre(1, 3));

  const auto segment = Segment::Decode(*batch.segment);
  ASSERT_TRUE(segment.ok()) << segment.status();
  ASSERT_EQ(segment->record_count(), 4u);
  EXPECT_EQ(segment->record(0), "");  // Nobody's: not kept.
  EXPECT_EQ(segment->record(3),
            TestSource::MessageJson("!irc_a:hs", "@ghost_b:hs", "both"));
}

TEST_F(BatchBuilderTest, AToDeviceMessageIsForWhomItNames) {
  source_.ToDevice("@alice:hs", "no service's user");
  source_.ToDevice("@ghost_a:hs", "for a user of one that asked for it");
  source_.ToDevice("@ghosts:hs", "for its own user");
  source_.ToDevice("@rooms:hs", "for one that didn't ask");
  source_.Message("!irc_a:hs", "@ghost_b:hs", "an event for both");
  const IngestBatch batch = Build();
  ASSERT_THAT(batch.entries, SizeIs(2));
  EXPECT_EQ(batch.entries[0].uid, 10);
  EXPECT_THAT(Indexes(batch.entries[0].events), ElementsAre(1, 2, 4));
  EXPECT_EQ(batch.entries[1].uid, 20);
  EXPECT_THAT(Indexes(batch.entries[1].events), ElementsAre(4));
  EXPECT_EQ(batch.events->record(0), "");
  EXPECT_EQ(batch.events->record(1),
            TestSource::ToDeviceJson("@ghost_a:hs",
                                     "for a user of one that asked for it"));
  EXPECT_TRUE(batch.events->is_to_device(1));
  EXPECT_TRUE(batch.events->is_to_device(2));
  EXPECT_EQ(batch.events->record(3), "");
  EXPECT_FALSE(batch.events->is_to_device(4));
}

TEST_F(BatchBuilderTest, WithoutInterestNothingIsStored) {
  source_.Message("!plain:hs", "@alice:hs", "x");
  const IngestBatch batch = Build();
  EXPECT_THAT(batch.entries, IsEmpty());
  EXPECT_EQ(batch.segment, std::nullopt);
}

TEST_F(BatchBuilderTest, MembershipWorksFromOneEventToTheNext) {
  source_.Message("!plain:hs", "@alice:hs", "before");
  source_.Member("!plain:hs", "@ghost_a:hs", "join");
  source_.Message("!plain:hs", "@alice:hs", "while");
  source_.Member("!plain:hs", "@ghost_a:hs", "leave");
  source_.Message("!plain:hs", "@alice:hs", "after");
  const IngestBatch batch = Build();
  ASSERT_THAT(batch.entries, SizeIs(1));
  EXPECT_THAT(Indexes(batch.entries[0].events), ElementsAre(1, 2, 3));
}

TEST_F(BatchBuilderTest, AliasesWorkFromOneRecordToTheNext) {
  source_.Message("!plain:hs", "@alice:hs", "before");
  source_.AliasAdded("!plain:hs", "#irc_a:hs");
  source_.Message("!plain:hs", "@alice:hs", "while");
  source_.AliasRemoved("!plain:hs", "#irc_a:hs");
  source_.Message("!plain:hs", "@alice:hs", "after");
  const IngestBatch batch = Build();
  ASSERT_THAT(batch.entries, SizeIs(1));
  EXPECT_THAT(Indexes(batch.entries[0].events), ElementsAre(2));
}

TEST_F(BatchBuilderTest, TheLastChangeCounts) {
  source_.Member("!a:hs", "@alice:hs", "join");
  source_.Member("!a:hs", "@alice:hs", "leave");
  source_.Member("!a:hs", "@bob:hs", "join");
  source_.Member("!a:hs", "@bob:hs", "join");
  source_.Member("!a:hs", "@carol:hs", "invite");
  source_.AliasAdded("!a:hs", "#a:hs");
  source_.AliasRemoved("!a:hs", "#none:hs");
  const IngestBatch batch = Build();
  std::vector<std::string> members;
  for (const MemberChange& change : batch.member_changes) {
    members.push_back(change.user_id + (change.joined ? " in" : " out"));
  }
  EXPECT_THAT(members, UnorderedElementsAre("@alice:hs out", "@bob:hs in"));
  ASSERT_THAT(batch.alias_changes, SizeIs(1));
  EXPECT_EQ(batch.alias_changes[0].room_alias, "#a:hs");
  EXPECT_TRUE(batch.alias_changes[0].present);
}

}  // namespace
}  // namespace causeway::push
