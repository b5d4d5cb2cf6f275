#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "services/push_dispatcher/core/segment.h"
#include "services/push_dispatcher/store/push_store_contract.h"
#include "services/shared/matrix/token.h"

namespace causeway::push {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;
using enum absl::StatusCode;

// --- Sources ----------------------------------------------------------------

TEST_P(PushStoreContract, ASourceBeginsAtPositionOne) {
  EXPECT_EQ(ingest_.FindSource("hs").status().code(), kNotFound);
  const SourceState opened = ingest_.OpenSource("hs").value();
  EXPECT_EQ(opened.end, ChainPoint());
  EXPECT_EQ(opened.incarnation, 1);
  EXPECT_EQ(ingest_.OpenSource("hs").value(), opened);
  EXPECT_EQ(ingest_.FindSource("hs").value(), opened);
  EXPECT_NE(ingest_.OpenSource("other").value().id, opened.id);
}

TEST_P(PushStoreContract, CommitMovesTheSource) {
  Apply(1, {7});
  const IngestBatch batch = Publish(3, {7}, {0, 2});
  EXPECT_EQ(ingest_.FindSource("hs").value().end, batch.end);
  Publish(2, {}, {});
  EXPECT_EQ(ingest_.FindSource("hs").value().end.position, 6);
}

TEST_P(PushStoreContract, CommitRefusesASourceThatHasMoved) {
  Apply(1, {7});
  const IngestBatch batch = Publish(3, {7}, {0});
  IngestBatch other_prefix = batch;
  other_prefix.before.end = batch.end;
  other_prefix.before.end.prefix_sha256 = matrix::Sha256("other");
  IngestBatch other_revision = batch;
  other_revision.before.end = batch.end;
  other_revision.before.registry_revision = 2;
  for (const IngestBatch* stale : std::initializer_list<const IngestBatch*>{
           &batch, &other_prefix, &other_revision}) {
    EXPECT_EQ(ingest_.Commit(*stale).code(), kAborted);
  }
  EXPECT_THAT(queues_.ReadEntries({{7, {}}}, 100).value()[0], SizeIs(1));
}

TEST_P(PushStoreContract, RemembersPointsThatWerePassed) {
  Apply(1, {7});
  const IngestBatch first = Publish(3, {7}, {0});
  const IngestBatch second = Publish(2, {7}, {0});
  Publish(2, {7}, {0});
  EXPECT_THAT(ingest_.ListPassedPoints(1, 2, 6).value(),
              ElementsAre(first.end, second.end));
}

TEST_P(PushStoreContract, KeepsMembersAndAliases) {
  IngestBatch batch;
  batch.before = ingest_.OpenSource("hs").value();
  batch.end = {2, matrix::Sha256("x")};
  const std::string odd = R"(@a"b\c,{é}:hs)";
  batch.member_changes = {{"!r:hs", odd, true}, {"!r:hs", "@b:hs", true}};
  batch.alias_changes = {{"!r:hs", "#a:hs", true}};
  ASSERT_TRUE(ingest_.Commit(batch).ok());
  auto rooms = ingest_.LoadRooms(1, {"!r:hs", "!s:hs"}).value();
  EXPECT_THAT(rooms["!r:hs"].joined_members,
              UnorderedElementsAre(odd, "@b:hs"));
  EXPECT_THAT(rooms["!r:hs"].aliases, ElementsAre("#a:hs"));
  EXPECT_THAT(rooms["!s:hs"].joined_members, IsEmpty());

  batch.before.end = batch.end;
  batch.end = {3, matrix::Sha256("y")};
  // Joining again and leaving twice change nothing more.
  batch.member_changes = {{"!r:hs", odd, false}, {"!r:hs", "@b:hs", true}};
  batch.alias_changes = {{"!r:hs", "#a:hs", false},
                         {"!r:hs", "#none:hs", false}};
  ASSERT_TRUE(ingest_.Commit(batch).ok());
  rooms = ingest_.LoadRooms(1, {"!r:hs"}).value();
  EXPECT_THAT(rooms["!r:hs"].joined_members, ElementsAre("@b:hs"));
  EXPECT_THAT(rooms["!r:hs"].aliases, IsEmpty());
}

// --- Registrations ----------------------------------------------------------

TEST_P(PushStoreContract, ApplyRegistryMakesAndDropsQueues) {
  const std::vector<KnownAppservice> first = {
      {1, "one", true}, {2, "two", false}, {3, "three", true}};
  AppliedRegistry applied = ingest_.ApplyRegistry(5, first).value();
  EXPECT_EQ(applied.revision, 5);
  EXPECT_THAT(applied.created, UnorderedElementsAre(1, 3));
  EXPECT_THAT(applied.dropped, IsEmpty());
  EXPECT_EQ(operators_.FindQueue("two").status().code(), kNotFound);

  // One gets a URL, one loses it, one is gone.
  applied =
      ingest_.ApplyRegistry(6, {{{1, "one", false}, {2, "2", true}}}).value();
  EXPECT_THAT(applied.created, ElementsAre(2));
  EXPECT_THAT(applied.dropped, UnorderedElementsAre(1, 3));
  EXPECT_EQ(operators_.FindQueue("2").value().uid, 2);
  const auto acts = Acts();
  ASSERT_THAT(acts, SizeIs(2));
  EXPECT_EQ(acts[0].action, "queue_dropped");

  // A tombstone stays; losing the URL is no such thing.
  applied = ingest_
                .ApplyRegistry(
                    7, {{{1, "one", true}, {2, "2", true}, {3, "three", true}}})
                .value();
  EXPECT_THAT(applied.created, ElementsAre(1));
}

TEST_P(PushStoreContract, ApplyRegistryChangesLeavesTheRest) {
  const std::vector<KnownAppservice> first = {
      {1, "one", true}, {2, "two", true}, {3, "three", false}, {4, "4", true}};
  ASSERT_TRUE(ingest_.ApplyRegistry(5, first).ok());
  EXPECT_EQ(ingest_.OpenSource("hs").value().registry_revision, 5);

  // One loses its URL, one gets one and another name, one is gone, one is new.
  AppliedRegistry applied =
      ingest_
          .ApplyRegistryChanges(
              5, 7, {{{2, "two", false}, {3, "III", true}, {9, "nine", true}}},
              {{4, 8}})
          .value();
  EXPECT_EQ(applied.revision, 7);
  EXPECT_THAT(applied.created, UnorderedElementsAre(3, 9));
  EXPECT_THAT(applied.dropped, UnorderedElementsAre(2, 4));
  EXPECT_EQ(operators_.FindQueue("one").value().uid, 1);
  EXPECT_EQ(operators_.FindQueue("III").value().uid, 3);
  EXPECT_EQ(ingest_.OpenSource("hs").value().registry_revision, 7);
  EXPECT_THAT(Acts(), SizeIs(2));

  // The tombstone is there; nothing happens twice; nothing at all may happen.
  applied = ingest_.ApplyRegistryChanges(7, 8, {{{4, "4", true}}}, {}).value();
  EXPECT_THAT(applied.created, IsEmpty());
  applied = ingest_.ApplyRegistryChanges(7, 8, {}, {1}).value();
  EXPECT_EQ(applied.revision, 8);
  EXPECT_THAT(applied.dropped, IsEmpty());
  EXPECT_EQ(ingest_.ApplyRegistryChanges(8, 9, {}, {}).value().revision, 9);
}

// In force between two that this one knows of, an application service may have
// come and gone that it knows nothing of.
TEST_P(PushStoreContract, ChangesSinceAnotherRevisionAreAborted) {
  Apply(5, {1});
  for (int64_t since : {4, 6}) {
    EXPECT_EQ(ingest_.ApplyRegistryChanges(since, 7, {}, {1}).status().code(),
              absl::StatusCode::kAborted);
  }
  EXPECT_EQ(ingest_.OpenSource("hs").value().registry_revision, 5);
  EXPECT_EQ(operators_.FindQueue("as1").value().uid, 1);
}

TEST_P(PushStoreContract, AnOlderRevisionIsNotApplied) {
  Apply(5, {1});
  for (int64_t revision : {4, 5}) {
    const AppliedRegistry applied =
        ingest_.ApplyRegistry(revision, {{{9, "nine", true}}}).value();
    EXPECT_EQ(applied.revision, 5);
    EXPECT_THAT(applied.created, IsEmpty());
    EXPECT_THAT(applied.dropped, IsEmpty());
  }
}

// Hard case 5.
TEST_P(PushStoreContract, SourcesFollowTheRevisionInForce) {
  EXPECT_EQ(ingest_.OpenSource("hs").value().registry_revision, 0);
  Apply(5, {1});
  EXPECT_EQ(ingest_.OpenSource("hs").value().registry_revision, 5);
  EXPECT_EQ(ingest_.OpenSource("new").value().registry_revision, 5);
}

TEST_P(PushStoreContract, AQueueMadeAgainBeginsBehindWhatWasDropped) {
  Apply(1, {7});
  Publish(3, {7}, {0, 1});
  ASSERT_TRUE(ingest_.ApplyRegistry(2, {{{7, "as7", false}}}).ok());
  ASSERT_TRUE(ingest_.ApplyRegistry(3, {{{7, "as7", true}}}).ok());
  EXPECT_EQ(operators_.FindQueue("as7").value().queued_events, 0);
  Publish(1, {7}, {0});
  EXPECT_EQ(operators_.FindQueue("as7").value().queued_events, 1);
}

// Its number may be another's, in a store that has gone back to before it was
// opened.
TEST_P(PushStoreContract, ASourceIsMovedByItsName) {
  Apply(1, {7});
  IngestBatch batch;
  batch.before = ingest_.OpenSource("hs").value();
  EXPECT_EQ(batch.before.name, "hs");
  batch.end = {.position = 2, .prefix_sha256 = std::string(32, 'x')};
  batch.before.name = "other";
  EXPECT_EQ(ingest_.Commit(batch).code(), kAborted);
  const absl::string_view records[] = {R"({"a":1})"};
  batch.segment = Segment::Of(records).Encode(batch.end.prefix_sha256);
  EXPECT_EQ(ingest_.Commit(batch).code(), kAborted);
  batch.before.name = "hs";
  EXPECT_TRUE(ingest_.Commit(batch).ok());
}

}  // namespace
}  // namespace causeway::push
