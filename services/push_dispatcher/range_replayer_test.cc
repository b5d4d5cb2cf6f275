#include "services/push_dispatcher/range_replayer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "services/push_dispatcher/core/segment.h"
#include "services/push_dispatcher/core/source_chain.h"
#include "services/push_dispatcher/store/fake_push_store.h"
#include "services/push_dispatcher/store/queue_act.h"
#include "services/shared/clock/fake_clock.h"
#include "services/shared/matrix/token.h"
#include "services/shared/registry_watch/snapshot_builder.h"

namespace causeway::push {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using Kind = namespaces::NamespaceKind;
using enum absl::StatusCode;

std::string Message(const std::string& event_id, const std::string& sender,
                    const std::string& room_id = "!r:hs") {
  return absl::StrCat(R"({"event_id":")", event_id, R"(","room_id":")", room_id,
                      R"(","type":"m.room.message","sender":")", sender,
                      R"(","origin_server_ts":1,"content":{}})");
}

// "all" wants everything and has taken nothing, so that all is stored. "irc"
// registers when it has been published: its queue is past it.
class RangeReplayerTest : public ::testing::Test {
 protected:
  RangeReplayerTest() {
    applied_.Set(registry_watch::SnapshotBuilder("hs")
                     .Add({.uid = "2",
                           .id = "irc",
                           .url = "http://a",
                           .namespaces = {{Kind::kUsers, "@irc_.*", true}},
                           .receive_ephemeral = true})
                     .Build());
    EXPECT_TRUE(store_.ApplyRegistry(1, {{{1, "all", true}}}).ok());
  }

  // In one segment; an empty event is one that nobody wanted, and those at
  // `to_device` are messages to devices.
  void Publish(const std::vector<std::string>& events,
               const EventSet& to_device = {}) {
    IngestBatch batch;
    batch.before = store_.OpenSource("hs").value();
    batch.end = batch.before.end;
    EventSet set;
    std::vector<absl::string_view> records;
    for (const std::string& event : events) {
      if (!event.empty()) set.Add(records.size());
      records.push_back(event);
      batch.end = NextPoint(batch.end, matrix::Sha256(event));
    }
    if (set.count() > 0) {
      batch.segment =
          Segment::Of(records, to_device).Encode(batch.end.prefix_sha256);
      batch.entries = {
          {.uid = 1, .last_position = batch.end.position - 1, .events = set}};
    }
    batch.member_changes = {{"!joined:hs", "@irc_bob:hs", true}};
    ASSERT_TRUE(store_.Commit(batch).ok());
  }
  void Register() {
    EXPECT_TRUE(
        store_.ApplyRegistry(2, {{{1, "all", true}, {2, "irc", true}}}).ok());
  }

  static v1::ReplayRequest Range(int64_t first, int64_t last) {
    v1::ReplayRequest request;
    request.set_appservice_id("irc");
    request.set_reason("because");
    request.mutable_range()->set_source("hs");
    request.mutable_range()->set_first_position(first);
    request.mutable_range()->set_last_position(last);
    return request;
  }
  absl::StatusOr<v1::ReplayResponse> Replay(const v1::ReplayRequest& request) {
    return replayer_.Replay(request, clock_.Now() + absl::Seconds(10));
  }

  // What "irc" is to be sent, in order; a "d" before a message to a device.
  std::vector<std::string> Queued() {
    std::vector<std::string> events;
    const auto entries = store_.ReadEntries({{2, {}}}, 99).value();
    for (const QueueEntry& entry : entries[0]) {
      const Segment segment =
          Segment::Decode(store_.ReadSegments({entry.segment}).value()[0])
              .value();
      for (auto i = entry.events.Next(0); i.has_value();
           i = entry.events.Next(*i + 1)) {
        events.push_back(absl::StrCat(segment.is_to_device(*i) ? "d" : "",
                                      segment.record(*i)));
      }
    }
    return events;
  }
  // The newest last.
  std::vector<std::string> Details() {
    std::vector<std::string> details;
    const auto acts = store_.ListAuditRecords("irc", kNewest, 99).value();
    for (const AuditRecord& act : acts) {
      EXPECT_EQ(act.action, "range_replayed");
      EXPECT_EQ(act.reason, "because");
      details.insert(details.begin(), act.detail);
    }
    return details;
  }

  FakePushStore store_;
  registry_watch::LatestSnapshot applied_;
  FakeClock clock_;
  std::function<void()> queue_changed_ = [] {};
  const std::function<void()> tell_ = [this] { queue_changed_(); };
  RangeReplayer replayer_{
      {.batch_events_max = 2}, store_, store_, applied_, clock_, tell_};
};

TEST_F(RangeReplayerTest, QueuesAgainWhatConcernsItNow) {
  Publish({Message("$1", "@irc_a:hs"), Message("$2", "@alice:hs"), "",
           Message("$4", "@alice:hs", "!joined:hs")});
  Register();
  const auto replayed = Replay(Range(1, 4));
  ASSERT_TRUE(replayed.ok()) << replayed.status();
  EXPECT_EQ(replayed->event_count(), 2);
  EXPECT_EQ(replayed->positions_not_stored(), 1);
  EXPECT_THAT(Queued(), ElementsAre(Message("$1", "@irc_a:hs"),
                                    Message("$4", "@alice:hs", "!joined:hs")));
  EXPECT_THAT(Details(),
              ElementsAre("hs 1..4 of 1..4, events: 2, positions not stored: "
                          "1"));
  // Once more, and they come once more.
  ASSERT_TRUE(Replay(Range(1, 4)).ok());
  EXPECT_THAT(Queued(), SizeIs(4));
}

TEST_F(RangeReplayerTest, TakesTheRangeAlone) {
  Publish({Message("$1", "@irc_a:hs"), Message("$2", "@irc_a:hs")});
  Publish({""});
  Publish({Message("$4", "@irc_a:hs"), Message("$5", "@irc_a:hs")});
  Register();
  const auto replayed = Replay(Range(2, 4));
  ASSERT_TRUE(replayed.ok()) << replayed.status();
  EXPECT_EQ(replayed->positions_not_stored(), 1);
  EXPECT_THAT(Queued(), ElementsAre(Message("$2", "@irc_a:hs"),
                                    Message("$4", "@irc_a:hs")));
}

std::string MessageToDevice(const std::string& user_id) {
  return absl::StrCat(R"({"type":"m.x","sender":"@alice:hs","content":{},)",
                      R"("to_device_id":"D","to_user_id":")", user_id, R"("})");
}

// They are as durable as events. Whom they are for is told by the user alone.
TEST_F(RangeReplayerTest, MessagesToDevicesComeAgainAsSuch) {
  EventSet to_device;
  for (size_t i : {0, 1, 3}) to_device.Add(i);
  Publish({MessageToDevice("@irc_a:hs"), MessageToDevice("@alice:hs"),
           Message("$3", "@irc_a:hs"), MessageToDevice("@irc_b:hs")},
          to_device);
  Register();
  const auto replayed = Replay(Range(1, 4));
  ASSERT_TRUE(replayed.ok()) << replayed.status();
  EXPECT_EQ(replayed->event_count(), 3);
  EXPECT_EQ(replayed->positions_not_stored(), 0);
  EXPECT_THAT(Queued(), ElementsAre("d" + MessageToDevice("@irc_a:hs"),
                                    Message("$3", "@irc_a:hs"),
                                    "d" + MessageToDevice("@irc_b:hs")));
}

TEST_F(RangeReplayerTest, WhoDoesNotReceiveThemGetsNoMessagesToDevices) {
  applied_.Set(registry_watch::SnapshotBuilder("hs")
                   .Add({.uid = "2",
                         .id = "irc",
                         .url = "http://a",
                         .namespaces = {{Kind::kUsers, "@irc_.*", true}}})
                   .Build());
  EventSet to_device;
  to_device.Add(0);
  Publish({MessageToDevice("@irc_a:hs"), Message("$2", "@irc_a:hs")},
          to_device);
  Register();
  ASSERT_TRUE(Replay(Range(1, 2)).ok());
  EXPECT_THAT(Queued(), ElementsAre(Message("$2", "@irc_a:hs")));
}

// Each batch's record says what it went through; the last reaches to the end.
TEST_F(RangeReplayerTest, GoesInBatches) {
  Publish({Message("$1", "@irc_a:hs"), "", Message("$3", "@irc_a:hs"),
           Message("$4", "@alice:hs"), Message("$5", "@irc_a:hs")});
  Publish({Message("$6", "@irc_a:hs"), "", Message("$8", "@alice:hs")});
  Register();
  int changes = 0;
  queue_changed_ = [&] { ++changes; };
  const auto replayed = Replay(Range(1, 8));
  ASSERT_TRUE(replayed.ok()) << replayed.status();
  EXPECT_EQ(replayed->event_count(), 4);
  EXPECT_EQ(replayed->positions_not_stored(), 2);
  EXPECT_EQ(changes, 2);
  EXPECT_THAT(Queued(), SizeIs(4));
  EXPECT_THAT(
      Details(),
      ElementsAre("hs 1..4 of 1..8, events: 2, positions not stored: 1",
                  "hs 5..8 of 1..8, events: 2, positions not stored: 1"));
}

class CutShortTest : public RangeReplayerTest {
 protected:
  CutShortTest() {
    Publish({Message("$1", "@irc_a:hs"), Message("$2", "@irc_a:hs"),
             Message("$3", "@irc_a:hs")});
    Register();
  }
};

TEST_F(CutShortTest, BeginsNothingAfterTheDeadline) {
  queue_changed_ = [&] { clock_.AdvanceTime(absl::Seconds(10)); };
  const absl::Status status = Replay(Range(1, 3)).status();
  EXPECT_EQ(status.code(), kDeadlineExceeded);
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("queued again up to position 2, events: 2"));
  EXPECT_THAT(Queued(), SizeIs(2));
  EXPECT_THAT(Details(), SizeIs(1));
  // The rest, as the message says.
  queue_changed_ = [] {};
  ASSERT_TRUE(Replay(Range(3, 3)).ok());
  EXPECT_THAT(Queued(), SizeIs(3));
}

TEST_F(CutShortTest, TellsHowFarItCameWhenTheStoreGoesAway) {
  queue_changed_ = [&] { store_.SetAway(true); };
  const absl::Status status = Replay(Range(1, 3)).status();
  EXPECT_EQ(status.code(), kUnavailable);
  EXPECT_THAT(std::string(status.message()), HasSubstr("up to position 2"));
  store_.SetAway(false);
  EXPECT_THAT(Queued(), SizeIs(2));
}

TEST_F(CutShortTest, OneAtATime) {
  absl::Status inner;
  queue_changed_ = [&] { inner = Replay(Range(1, 3)).status(); };
  EXPECT_TRUE(Replay(Range(1, 3)).ok());
  EXPECT_EQ(inner.code(), kResourceExhausted);
  queue_changed_ = [] {};
  EXPECT_TRUE(Replay(Range(1, 3)).ok());
}

// They would come twice.
TEST_F(RangeReplayerTest, RefusesWhatIsStillToCome) {
  Publish({Message("$1", "@irc_a:hs")});
  Register();
  Publish({Message("$2", "@irc_a:hs")});
  const absl::Status status = Replay(Range(1, 2)).status();
  EXPECT_EQ(status.code(), kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("past position 1"));
  EXPECT_TRUE(Replay(Range(1, 1)).ok());
}

TEST_F(RangeReplayerTest, TellsWhenThereIsNothing) {
  Publish({Message("$1", "@alice:hs"), ""});
  Register();
  absl::Status status = Replay(Range(1, 2)).status();
  EXPECT_EQ(status.code(), kNotFound);
  EXPECT_THAT(std::string(status.message()), HasSubstr("stored still: 1"));
  auto request = Range(1, 1);
  request.mutable_range()->set_source("other");
  EXPECT_EQ(Replay(request).status().code(), kNotFound);
  request = Range(1, 1);
  request.set_appservice_id("all");  // Not in force here.
  EXPECT_EQ(Replay(request).status().code(), kFailedPrecondition);
  request.set_appservice_id("none");
  EXPECT_EQ(Replay(request).status().code(), kNotFound);
  EXPECT_THAT(Details(), IsEmpty());
}

TEST_F(RangeReplayerTest, RefusesBadRequestsNamingTheField) {
  auto expect_refused = [&](const v1::ReplayRequest& request,
                            const char* field) {
    SCOPED_TRACE(field);
    const absl::Status status = Replay(request).status();
    EXPECT_EQ(status.code(), kInvalidArgument);
    EXPECT_THAT(std::string(status.message()), HasSubstr(field));
  };
  expect_refused(Range(0, 1), "range.first_position");
  expect_refused(Range(2, 1), "range.last_position");
  expect_refused(Range(1, 1000001), "range.last_position");
  auto request = Range(1, 1);
  request.mutable_range()->set_source("causeway:replay");
  expect_refused(request, "range.source");
  request.mutable_range()->clear_source();
  expect_refused(request, "range.source");
  request = Range(1, 1);
  request.clear_reason();
  expect_refused(request, "reason");
  request.clear_appservice_id();
  expect_refused(request, "appservice_id");
}

}  // namespace
}  // namespace causeway::push
