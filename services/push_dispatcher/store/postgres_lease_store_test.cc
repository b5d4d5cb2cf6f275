// Goal: a row that makes no sense, or can't be had, stops its own queue alone,
// and is told of. Method: some are damaged or locked. What any store has to do
// is in lease_store_contract.cc.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pqxx/pqxx>
#include <vector>

#include "services/push_dispatcher/store/lease_store.h"
#include "services/push_dispatcher/store/operator_store.h"
#include "services/push_dispatcher/store/postgres_generations_fixture.h"
#include "services/push_dispatcher/store/queue_store.h"

namespace causeway::push {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const ReplicaIdentity kReplica = {"a", "1", "127.0.0.1:1"};

class PostgresLeaseStoreTest : public PostgresGenerations {
 protected:
  PostgresLeaseStoreTest() {
    EXPECT_TRUE(stores_.leases->Enter(kReplica).ok());
  }

  void Damage() {
    Sql("UPDATE queues SET sealed_transactions = '[1]' WHERE uid = 8");
  }
};

TEST_F(PostgresLeaseStoreTest, AQueueThatCannotBeReadRestsAlone) {
  Damage();
  LeaseRound round = stores_.leases->Renew(kReplica, {}).value();
  ASSERT_THAT(round.acquired, ElementsAre(Field(&AcquiredQueue::uid, 7)));
  ASSERT_THAT(round.unreadable, ElementsAre(Field(&UnreadableQueue::uid, 8)));
  EXPECT_THAT(round.unreadable[0].why.ToString(),
              HasSubstr("the list of sealed transactions"));

  const AcquiredQueue& queue = round.acquired[0];
  const LeaseQuestion question = {
      .dead = {}, .held = {{queue.uid, queue.epoch, queue.nonce}}};
  Sql("UPDATE queues SET sealed_transactions = '[]' WHERE uid = 8");
  round = stores_.leases->Renew(kReplica, question).value();
  EXPECT_THAT(round.acquired, ElementsAre(Field(&AcquiredQueue::uid, 8)));
  EXPECT_THAT(round.unreadable, IsEmpty());
  EXPECT_THAT(round.lost, IsEmpty());
}

TEST_F(PostgresLeaseStoreTest, AQueueThatCannotBeReadHidesNoOther) {
  Damage();
  const auto uids =
      ElementsAre(AllOf(Field(&QueueSummary::uid, 8),  // "dead"
                        Field(&QueueSummary::unreadable,
                              HasSubstr("the list of sealed transactions"))),
                  AllOf(Field(&QueueSummary::uid, 7),
                        Field(&QueueSummary::unreadable, IsEmpty())));
  EXPECT_THAT(stores_.operators->ListQueues("", 10).value(), uids);
  EXPECT_THAT(stores_.operators->ListQueuesOf({7, 8}).value(), uids);
  EXPECT_THAT(stores_.operators->FindQueue("dead").status().ToString(),
              HasSubstr("the list of sealed transactions"));
}

TEST_F(PostgresLeaseStoreTest, CountsQueuesThatCannotBeTakenNow) {
  Sql("UPDATE queues SET owner = 'unknown', owner_incarnation = '1' "
      "WHERE uid = 8");
  LeaseRound round;
  {
    pqxx::connection connection(database_);
    pqxx::work other(connection);
    other.exec("SELECT FROM queues FOR UPDATE");
    round = stores_.leases->Renew(kReplica, {}).value();
    EXPECT_THAT(round.acquired, IsEmpty());
    EXPECT_EQ(round.unowned_count, 2);
    EXPECT_THAT(round.replicas,
                ElementsAre(Field(&ReplicaHeartbeat::queue_count, 0)));
  }
  round = stores_.leases->Renew(kReplica, {}).value();
  EXPECT_THAT(round.acquired, SizeIs(2));
  EXPECT_EQ(round.unowned_count, 0);
  EXPECT_THAT(round.replicas,
              ElementsAre(Field(&ReplicaHeartbeat::queue_count, 2)));
}

TEST_F(PostgresLeaseStoreTest, AHeadThatCannotBeReadIsNobodys) {
  const LeaseRound round = stores_.leases->Renew(kReplica, {}).value();
  ASSERT_THAT(round.acquired, SizeIs(2));
  Damage();
  std::vector<OwnedHead> owned;
  for (const AcquiredQueue& queue : round.acquired) {
    owned.push_back({queue.uid, queue.epoch, queue.nonce});
  }
  const auto heads = stores_.queues->ReadHeads(owned).value();
  for (size_t i = 0; i < owned.size(); ++i) {
    EXPECT_EQ(heads[i].has_value(), owned[i].uid == 7);
  }
}

}  // namespace
}  // namespace causeway::push
