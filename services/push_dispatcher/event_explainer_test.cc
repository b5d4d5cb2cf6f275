#include "services/push_dispatcher/event_explainer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "services/push_dispatcher/core/interest.h"
#include "services/push_dispatcher/ingest/batch_builder.h"
#include "services/push_dispatcher/ingest/room_cache.h"
#include "services/push_dispatcher/publish_request.h"
#include "services/push_dispatcher/store/fake_push_store.h"
#include "services/shared/matrix/token.h"
#include "services/shared/registry_watch/snapshot_builder.h"

namespace causeway::push {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using Kind = namespaces::NamespaceKind;
using Response = v1::ExplainResponse;
using enum absl::StatusCode;

std::string Message(absl::string_view event_id, absl::string_view room_id,
                    absl::string_view sender) {
  return absl::StrCat(R"({"event_id":")", event_id, R"(","room_id":")", room_id,
                      R"(","type":"m.room.message","sender":")", sender,
                      R"(","origin_server_ts":1,"content":{}})");
}

std::string Join(absl::string_view event_id, absl::string_view room_id,
                 absl::string_view user_id) {
  return absl::StrCat(
      R"({"event_id":")", event_id, R"(","room_id":")", room_id,
      R"(","type":"m.room.member","sender":")", user_id, R"(","state_key":")",
      user_id, R"(","origin_server_ts":1,"content":{"membership":"join"}})");
}

// "irc" has users and aliases; "all" gets what happens in rooms !r...
class EventExplainerTest : public ::testing::Test {
 protected:
  EventExplainerTest() {
    applied_.Set(registry_watch::SnapshotBuilder("hs")
                     .Add({.uid = "1",
                           .id = "irc",
                           .url = "http://a",
                           .namespaces = {{Kind::kAliases, "#irc_.*", true},
                                          {Kind::kUsers, "@irs_.*", true},
                                          {Kind::kUsers, "@irc_.*", true}}})
                     .Add({.uid = "2",
                           .id = "all",
                           .url = "http://a",
                           .namespaces = {{Kind::kRooms, "!r.*", false}}})
                     .Build());
    const auto applied = store_.ApplyRegistry(
        1, {{{1, "irc", true}, {2, "all", true}, {3, "gone", true}}});
    const auto source = store_.OpenSource("hs");
    const auto entered = store_.Enter(replica_);
    EXPECT_TRUE(applied.ok() && source.ok() && entered.ok());
  }

  // Takes them in as ingest does.
  void Publish(const std::vector<std::string>& events) {
    v1::PublishRequest request;
    request.set_source("hs");
    request.set_first_position(1);
    request.set_prefix_sha256(std::string(32, 'x'));
    for (const std::string& event : events) {
      request.add_records()->set_event_json(event);
    }
    const PublishBatch batch = ParsePublishRequest(request).value();
    const SourceState source = store_.OpenSource("hs").value();
    const auto rules =
        std::make_shared<const InterestRules>(applied_.Snapshot());
    RoomCache rooms(1000);
    BatchBuilder builder(source, *rules, rooms);
    const std::vector<std::string> room_ids =
        builder.MissingRooms(batch.records);
    auto facts = store_.LoadRooms(source.id, room_ids).value();
    for (const std::string& room_id : room_ids) {
      rooms.Insert(source.id, room_id,
                   RoomInterest(rules, room_id, facts[room_id]));
    }
    builder.Add(batch.records);
    ChainPoint end = source.end;
    end.position += static_cast<int64_t>(events.size());
    ASSERT_TRUE(store_.Commit(builder.Build(end)).ok());
  }

  absl::StatusOr<Response> TryExplain(const std::string& appservice_id,
                                      const std::string& event_id) {
    v1::ExplainRequest request;
    request.set_appservice_id(appservice_id);
    request.set_event_id(event_id);
    return explainer_.Explain(request);
  }
  Response Explain(const std::string& appservice_id,
                   const std::string& event_id) {
    return TryExplain(appservice_id, event_id).value();
  }

  // Takes the queue of "irc" and seals its first event.
  QueueWrite Seal() {
    const LeaseRound round = store_.Renew(replica_, {}).value();
    const AcquiredQueue& queue = round.acquired.at(0);
    QueueWrite write;
    write.epoch = queue.epoch;
    write.nonce = queue.nonce;
    write.after = queue.head;
    write.after.txn_id = "n-1";
    write.after.sealed = {{.txn_id = "n-1",
                           .source_id = 1,
                           .last_position = 1,
                           .event_count = 1,
                           .body_sha256 = matrix::Sha256("x"),
                           .body_format = 1,
                           .publish_time = {}}};
    EXPECT_TRUE(store_.Write({{queue.uid, write}})->at(0));
    return write;
  }
  // Ends it.
  void Settle(const QueueWrite& seal, Settlement settlement) {
    QueueWrite write = seal;
    write.expected_txn_id = "n-1";
    write.expected_sealed_count = 1;
    write.settled = {{seal.after.sealed[0], std::move(settlement)}};
    write.after.sealed.clear();
    write.after.cursors.Set(1, 1);
    EXPECT_TRUE(store_.Write({{1, write}})->at(0));
  }

  const ReplicaIdentity replica_ = {"a", "1", ""};
  FakePushStore store_;
  registry_watch::LatestSnapshot applied_;
  EventExplainer explainer_{store_, store_, store_, applied_};
};

TEST_F(EventExplainerTest, NamesRuleIdAndNamespace) {
  Publish({Join("$1", "!r:hs", "@irc_bob:hs"),
           Message("$2", "!r:hs", "@alice:hs"),
           Message("$3", "!r:hs", "@irc:hs")});
  Response response = Explain("irc", "$1");
  EXPECT_TRUE(response.interested());
  EXPECT_THAT(response.reasons(),
              ElementsAre("sender @irc_bob:hs matches users[1] @irc_.*",
                          "state_key @irc_bob:hs matches users[1] @irc_.*",
                          "joined member @irc_bob:hs matches users[1] @irc_.*",
                          "room ID !r:hs matches none"));
  EXPECT_EQ(response.source(), "hs");
  EXPECT_EQ(response.position(), 1);
  EXPECT_EQ(response.state(), Response::QUEUED);

  response = Explain("irc", "$2");
  EXPECT_TRUE(response.interested());
  EXPECT_THAT(response.reasons(),
              ElementsAre("joined member @irc_bob:hs matches users[1] @irc_.*",
                          "sender @alice:hs matches none",
                          "room ID !r:hs matches none"));
  EXPECT_THAT(Explain("irc", "$3").reasons(0),
              "sender @irc:hs matches its own user");
  EXPECT_THAT(Explain("all", "$2").reasons(0),
              "room ID !r:hs matches rooms[0] !r.*");
}

TEST_F(EventExplainerTest, TellsWhyNot) {
  Publish({Message("$1", "!r:hs", "@alice:hs")});
  const Response response = Explain("irc", "$1");
  EXPECT_FALSE(response.interested());
  EXPECT_THAT(response.reasons(), ElementsAre("sender @alice:hs matches none",
                                              "room ID !r:hs matches none"));
  EXPECT_EQ(response.state(), Response::NOT_QUEUED);
}

// Rules are those of now, the state is that of then.
TEST_F(EventExplainerTest, TellsThenFromNow) {
  Publish({Message("$1", "!r:hs", "@alice:hs"),
           Join("$2", "!r:hs", "@irc_bob:hs")});
  const Response response = Explain("irc", "$1");
  EXPECT_TRUE(response.interested());
  EXPECT_EQ(response.state(), Response::NOT_QUEUED);
}

TEST_F(EventExplainerTest, NamesSoManyReasons) {
  std::vector<std::string> events;
  for (int i = 0; i < 30; ++i) {
    events.push_back(
        Join(absl::StrCat("$", i), "!r:hs", absl::StrCat("@irc_", i, ":hs")));
  }
  Publish(events);
  EXPECT_THAT(Explain("irc", "$29").reasons(), SizeIs(20));
}

TEST_F(EventExplainerTest, TellsWhatHasBecomeOfIt) {
  Publish({Message("$1", "!r:hs", "@irc_bob:hs"),
           Message("$2", "!r:hs", "@irc_bob:hs")});
  const QueueWrite seal = Seal();
  Response response = Explain("irc", "$1");
  EXPECT_EQ(response.state(), Response::SEALED);
  EXPECT_EQ(response.txn_id(), "n-1");
  response = Explain("irc", "$2");
  EXPECT_EQ(response.state(), Response::QUEUED);
  EXPECT_THAT(response.txn_id(), IsEmpty());

  Settle(seal, {.kind = Settlement::Kind::kSkipped, .reason = "x"});
  response = Explain("irc", "$1");
  EXPECT_EQ(response.state(), Response::PASSED);
  EXPECT_EQ(response.txn_id(), "n-1");
  EXPECT_EQ(Explain("irc", "$2").state(), Response::QUEUED);
}

TEST_F(EventExplainerTest, WhatWasTakenIsPassed) {
  Publish({Message("$1", "!r:hs", "@irc_bob:hs")});
  Settle(Seal(), {});
  const Response response = Explain("irc", "$1");
  EXPECT_EQ(response.state(), Response::PASSED);
  EXPECT_THAT(response.txn_id(), IsEmpty());
}

TEST_F(EventExplainerTest, SaysWhatIsMissing) {
  Publish({Message("$1", "!r:hs", "@alice:hs"),
           Message("$2", "!nobodys:hs", "@alice:hs")});
  struct Case {
    const char* appservice_id;
    const char* event_id;
    absl::StatusCode code;
    const char* message;
  };
  for (const Case& test : {
           Case{"irc", "$none", kNotFound, "\"$none\""},
           Case{"irc", "$2", kNotFound, "nobody wanted it"},
           Case{"none", "$1", kNotFound, "none"},
           Case{"gone", "$1", kNotFound, "registration of gone"},
           Case{"irc", "", kInvalidArgument, "event_id"},
           Case{"", "$1", kInvalidArgument, "appservice_id"},
       }) {
    const absl::Status status =
        TryExplain(test.appservice_id, test.event_id).status();
    EXPECT_EQ(status.code(), test.code) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr(test.message));
  }
}

// What nobody wanted isn't stored, and yet can be asked about.
TEST_F(EventExplainerTest, ExplainsAnEventThatIsGiven) {
  v1::ExplainRequest request;
  request.set_appservice_id("irc");
  request.set_event_json(
      R"({"event_id":"$unwanted","room_id":"!elsewhere:hs",)"
      R"("type":"m.room.message","sender":"@stranger:hs","content":{},)"
      R"("origin_server_ts":1})");
  auto response = explainer_.Explain(request);
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_FALSE(response->interested());
  EXPECT_EQ(response->state(), Response::NOT_STORED);
  EXPECT_EQ(response->source(), "hs");
  EXPECT_THAT(response->reasons(),
              Contains("sender @stranger:hs matches none"));
  request.set_source("another");
  EXPECT_EQ(explainer_.Explain(request).status().code(),
            absl::StatusCode::kInvalidArgument);
  request.set_source("hs");
  request.set_event_json("{}");
  EXPECT_EQ(explainer_.Explain(request).status().code(),
            absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace causeway::push
