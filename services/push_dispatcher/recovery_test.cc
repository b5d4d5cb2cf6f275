// Goal: what the promises say holds over crashes, with the real database and
// real HTTP. Method: processes as main.cc wires them are destroyed in the
// middle and made anew; an application service writes down what it is sent.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <pqxx/pqxx>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "services/push_dispatcher/core/ephemeral_item.h"
#include "services/push_dispatcher/store/postgres_test_stores.h"
#include "services/push_dispatcher/testing/push_process.h"
#include "services/push_dispatcher/testing/recording_appservice.h"
#include "services/push_dispatcher/testing/test_source.h"
#include "services/shared/appservice_client/scripted_http_server.h"
#include "services/shared/postgres/test_cluster.h"
#include "services/shared/registry_watch/snapshot_builder.h"

namespace causeway::push {
namespace {

using appservice_client::ScriptedReply;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using Kind = namespaces::NamespaceKind;

constexpr char kRoom[] = "!irc_room:hs.test";
constexpr char kAlice[] = "@alice:hs.test";

postgres::TestCluster& Cluster() {
  static postgres::TestCluster cluster;
  return cluster;
}

// Reads the request and never answers.
ScriptedReply Silence() {
  return {.bytes = "", .then = ScriptedReply::Then::kHang};
}

// Reads the request and closes: it may have been taken or not.
ScriptedReply LostAnswer() {
  return {.bytes = "", .then = ScriptedReply::Then::kClose};
}

class RecoveryTest : public ::testing::Test {
 protected:
  RecoveryTest() { Register(); }

  // The service "irc" wants what happens in rooms "!irc_...".
  void Register() {
    registry_.Add({.uid = "7",
                   .id = "irc",
                   .url = appservice_.url(),
                   .hs_token_sealed = SealedHsToken("7"),
                   .namespaces = {{Kind::kRooms, "!irc_.*", true},
                                  {Kind::kUsers, "@irc_.*", true}},
                   .dialect = registry_watch::Dialect::kDraft,
                   .receive_ephemeral = true});
  }

  std::unique_ptr<PushProcess> Start(const std::string& replica_name = "a") {
    PushProcess::Options options = {
        .replica_name = replica_name,
        .leases = {.dead_after = absl::Milliseconds(500)}};
    options.loop.delivery.ephemeral_interval = ephemeral_interval_;
    auto process = std::make_unique<PushProcess>(std::move(options),
                                                 OpenPushDatabase(database_));
    process->SetRegistry(registry_.Build());
    return process;
  }

  // Publishes messages with the texts from..to, each in a batch of its own.
  void Publish(PushProcess& process, int from, int to) {
    for (int i = from; i <= to; ++i) {
      const std::string text = absl::StrCat("m", i);
      source_.Message(kRoom, kAlice, text);
      events_.push_back(TestSource::MessageJson(kRoom, kAlice, text));
      const auto result = process.Publish(source_.Take());
      ASSERT_TRUE(result.ok()) << result.status();
      ASSERT_EQ(result->next_position, source_.end().position);
    }
  }

  // Somebody types in the room, as `json` says.
  void Typing(PushProcess& process, const std::string& json,
              const std::string& room_id = kRoom) {
    ASSERT_TRUE(process.ephemeral()
                    .Route("hs", {std::make_shared<EphemeralItem>(EphemeralItem{
                                     .room_id = room_id, .json = json})})
                    .ok());
  }

  absl::Duration ephemeral_interval_ = absl::Milliseconds(250);
  const std::string database_ = NewPushDatabase(Cluster());
  RecordingAppservice appservice_;
  registry_watch::SnapshotBuilder registry_{"hs.test"};
  TestSource source_;
  std::vector<std::string> events_;  // All that were published.
};

TEST_F(RecoveryTest, DeliversWhatIsPublished) {
  auto process = Start();
  Publish(*process, 1, 3);
  appservice_.AwaitEvents(events_);
}

// P3: a crash while the service has the transaction and hasn't answered.
TEST_F(RecoveryTest, AfterACrashTheSameBytesGoUnderTheSameId) {
  appservice_.AnswerWith(Silence());
  auto process = Start();
  Publish(*process, 1, 1);
  const auto first = appservice_.AwaitAttempts(1);
  Publish(*process, 2, 5);  // Must not be added to it.
  process.reset();

  process = Start();
  const auto attempts = appservice_.AwaitAttempts(2);
  EXPECT_EQ(attempts[1], first[0]);
  process.reset();

  appservice_.AnswerWith(200);
  process = Start();
  appservice_.AwaitEvents(events_);
  EXPECT_THAT(appservice_.AlteredTransactions(), IsEmpty());
  // What waited goes together.
  EXPECT_THAT(appservice_.AwaitTransactions(2), SizeIs(2));
}

// P3, for what is in a transaction besides events. Crashes of the owner, and
// another one.
TEST_F(RecoveryTest, MessagesAndEphemeralDataAreRepeatedByteForByte) {
  ephemeral_interval_ = absl::Hours(1);
  auto process = Start();
  Publish(*process, 1, 1);
  appservice_.AwaitEvents(events_);
  Typing(*process, R"({"t":1})");
  const auto alone = appservice_.AwaitTransactions(2);
  EXPECT_EQ(alone[1].body, R"({"events":[],"ephemeral":[{"t":1}],)"
                           R"("de.sorunome.msc2409.ephemeral":[{"t":1}]})");

  // Now that it has just gone alone, it waits for events.
  appservice_.AnswerWith(Silence());
  Typing(*process, R"({ "t":2.0,"é":"\u0000" })");
  source_.ToDevice("@irc_bob:hs.test", "hello");
  source_.Message(kRoom, kAlice, "m2");
  ASSERT_TRUE(process->Publish(source_.Take()).ok());
  const auto first = appservice_.AwaitAttempts(3);
  const std::string message =
      TestSource::ToDeviceJson("@irc_bob:hs.test", "hello");
  EXPECT_EQ(first[2].body,
            absl::StrCat(
                R"({"events":[)", TestSource::MessageJson(kRoom, kAlice, "m2"),
                R"(],"ephemeral":[{ "t":2.0,"é":"\u0000" }],)",
                R"("de.sorunome.msc2409.ephemeral":)",
                R"([{ "t":2.0,"é":"\u0000" }],"to_device":[)", message,
                R"(],"de.sorunome.msc2409.to_device":[)", message, "]}"));
  process.reset();
  process = Start();
  EXPECT_EQ(appservice_.AwaitAttempts(4)[3], first[2]);
  process.reset();
  appservice_.AnswerWith(200);
  process = Start("b");
  EXPECT_EQ(appservice_.AwaitAttempts(5)[4], first[2]);
  Publish(*process, 3, 3);
  EXPECT_THAT(appservice_.AwaitTransactions(4), SizeIs(4));
  EXPECT_THAT(appservice_.AwaitAttempts(6), SizeIs(6));
}

TEST_F(RecoveryTest, EphemeralDataGoesByWhatWasJustTakenIn) {
  const std::string other_room = "!other:hs.test";
  auto process = Start();
  Publish(*process, 1, 1);
  appservice_.AwaitEvents(events_);
  Typing(*process, R"({"t":1})", other_room);
  source_.Member(other_room, "@irc_bob:hs.test", "join");
  ASSERT_TRUE(process->Publish(source_.Take()).ok());
  appservice_.AwaitTransactions(2);
  Typing(*process, R"({"t":2})", other_room);
  EXPECT_THAT(appservice_.AwaitTransactions(3)[2].body,
              HasSubstr(R"("ephemeral":[{"t":2}])"));
}

TEST_F(RecoveryTest, ALostAnswerIsRepeated) {
  appservice_.AnswerWith(LostAnswer());
  auto process = Start();
  Publish(*process, 1, 2);
  const auto attempts = appservice_.AwaitAttempts(3);
  EXPECT_EQ(attempts[1], attempts[0]);
  EXPECT_EQ(attempts[2], attempts[0]);
  appservice_.AnswerWith(200);
  appservice_.AwaitEvents(events_);
  EXPECT_THAT(appservice_.AlteredTransactions(), IsEmpty());
}

TEST_F(RecoveryTest, TenWhileTheServiceIsDownArriveInOrder) {
  appservice_.AnswerWith(503);
  auto process = Start();
  Publish(*process, 1, 10);
  appservice_.AwaitAttempts(3);
  appservice_.AnswerWith(200);
  appservice_.AwaitEvents(events_);
  EXPECT_THAT(appservice_.AlteredTransactions(), IsEmpty());
}

// P1: the database dies, push doesn't.
TEST_F(RecoveryTest, OutlivesTheDatabase) {
  appservice_.AnswerWith(503);
  auto process = Start();
  Publish(*process, 1, 5);
  appservice_.AwaitAttempts(1);
  Cluster().Stop();
  source_.Message(kRoom, kAlice, "lost?");
  const ChainPoint before = source_.end();
  EXPECT_EQ(process->Publish(source_.Take()).status().code(),
            absl::StatusCode::kUnavailable);
  source_.GoBack(before);
  Cluster().Start();
  appservice_.AnswerWith(200);
  Publish(*process, 6, 7);
  appservice_.AwaitEvents(events_);
  EXPECT_THAT(appservice_.AlteredTransactions(), IsEmpty());
}

TEST_F(RecoveryTest, AnotherReplicaTakesOverFromACrashedOne) {
  appservice_.AnswerWith(Silence());
  auto first = Start("a");
  Publish(*first, 1, 1);
  appservice_.AwaitAttempts(1);
  auto second = Start("b");
  Publish(*second, 2, 4);  // Any replica takes events in.
  first.reset();

  appservice_.AnswerWith(200);
  appservice_.AwaitEvents(events_);
  EXPECT_THAT(appservice_.AlteredTransactions(), IsEmpty());
}

TEST_F(RecoveryTest, DrainedQueuesAreTakenAtOnceAndNothingIsRepeated) {
  auto first = Start("a");
  Publish(*first, 1, 3);
  appservice_.AwaitEvents(events_);
  first->leases().Stop();
  EXPECT_TRUE(first->loop().Drain(absl::Seconds(10)));
  first->leases().Release();
  auto second = Start("b");
  Publish(*second, 4, 4);
  appservice_.AwaitEvents(events_);
  const size_t transaction_count = appservice_.AwaitTransactions(1).size();
  EXPECT_THAT(appservice_.AwaitAttempts(1), SizeIs(transaction_count));
}

// Hard case 8: bytes, not meaning, are sealed.
TEST_F(RecoveryTest, NeverSendsOtherBytesThanWereSealed) {
  appservice_.AnswerWith(Silence());
  auto process = Start();
  Publish(*process, 1, 1);
  appservice_.AwaitAttempts(1);
  process.reset();
  {
    pqxx::connection connection(database_);
    pqxx::work work(connection);
    work.exec(
        "UPDATE queues SET sealed_transactions = jsonb_set("
        "sealed_transactions, '{0,sha256}', to_jsonb(encode("
        "sha256('other'), 'hex')))");
    work.commit();
  }
  process = Start();
  // Blocked, and an operator's word changes nothing.
  for (int i = 0; i < 2; ++i) {
    std::optional<DeliveryStatus> status;
    while (!status.has_value() || status->phase != Phase::kBlocked) {
      status = process->loop().Status(7);
    }
    process->loop().Post(7, push::RetryNow{});
  }
  EXPECT_THAT(appservice_.AwaitAttempts(1), SizeIs(1));
}

// Hard case 11.
TEST_F(RecoveryTest, UnregisteringDropsTheQueueForGood) {
  appservice_.AnswerWith(503);
  auto process = Start();
  Publish(*process, 1, 3);
  appservice_.AwaitAttempts(1);
  process->SetRegistry(registry_.Remove("irc").Build());
  const size_t attempt_count = appservice_.AwaitAttempts(1).size();
  appservice_.AnswerWith(200);
  events_.clear();

  // The same service registers again: another uid, another queue.
  registry_.Add({.uid = "8",
                 .id = "irc",
                 .url = appservice_.url(),
                 .hs_token_sealed = SealedHsToken("8"),
                 .namespaces = {{Kind::kRooms, "!irc_.*", true}},
                 .dialect = registry_watch::Dialect::kDraft});
  process->SetRegistry(registry_.Build());
  Publish(*process, 4, 4);
  const auto attempts = appservice_.AwaitAttempts(attempt_count + 1);
  EXPECT_EQ(attempts.back().body,
            absl::StrCat("{\"events\":[", events_[0], "]}"));
}

TEST_F(RecoveryTest, TooLargeTransactionsAreMadeSmallerUnderNewIds) {
  appservice_.AnswerWith(Silence());
  auto process = Start();
  Publish(*process, 1, 1);
  appservice_.AwaitAttempts(1);
  Publish(*process, 2, 9);  // Eight that go together next.
  process.reset();
  appservice_.AnswerWith(200);
  process = Start();
  appservice_.AwaitEvents(events_);

  appservice_.AnswerWith(503);
  Publish(*process, 10, 10);
  appservice_.AwaitTransactions(3);
  Publish(*process, 11, 18);
  appservice_.AnswerWith(413);
  process->loop().Post(7, push::RetryNow{});
  // The lone one can't be made smaller: it is retried until it is taken.
  const size_t attempts = appservice_.AwaitAttempts(1).size();
  appservice_.AwaitAttempts(attempts + 2);
  appservice_.AnswerWith(200);
  appservice_.AwaitEvents(events_);
  EXPECT_THAT(appservice_.AlteredTransactions(), IsEmpty());
}

}  // namespace
}  // namespace causeway::push
