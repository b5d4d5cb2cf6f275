#include "services/shared/postgres/migrations.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pqxx/pqxx>
#include <string>
#include <thread>
#include <vector>

#include "absl/types/span.h"
#include "services/shared/postgres/example_migrations.h"
#include "services/shared/postgres/test_cluster.h"

namespace causeway::postgres {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Property;

constexpr char kSchema[] = "registry";

class MigrationsTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { cluster_ = new TestCluster; }
  static void TearDownTestSuite() { delete cluster_; }

  absl::Status Run(absl::Span<const Migration> migrations) {
    return Migrate(conninfo_, kSchema, migrations);
  }

  std::vector<std::string> AppliedNames() {
    pqxx::connection connection(conninfo_);
    std::vector<std::string> names;
    for (const pqxx::row& row :
         pqxx::nontransaction(connection)
             .exec("SELECT name FROM schema_migrations ORDER BY name")) {
      names.push_back(row[0].as<std::string>());
    }
    return names;
  }

  inline static TestCluster* cluster_ = nullptr;
  const std::string conninfo_ = cluster_->NewDatabase(kSchema);
};

TEST_F(MigrationsTest, FilesOfABuildTargetAreApplied) {
  ASSERT_TRUE(Migrate(conninfo_, kSchema, example::Migrations()).ok());
  EXPECT_THAT(AppliedNames(),
              ElementsAre("0001_books.sql", "0002_authors.sql"));
  pqxx::connection connection(conninfo_);
  EXPECT_EQ(pqxx::nontransaction(connection)
                .exec1("SELECT name FROM registry.authors")[0]
                .as<std::string>(),
            "Jane \"J\" Austen");
}

TEST_F(MigrationsTest, EachIsAppliedOnce) {
  EXPECT_TRUE(Run({{"0001_a.sql", "CREATE TABLE a (x int)"}}).ok());
  EXPECT_TRUE(Run({{"0001_a.sql", "CREATE TABLE a (x int)"},
                   {"0002_b.sql", "CREATE TABLE b (x int)"}})
                  .ok());
  EXPECT_THAT(AppliedNames(), ElementsAre("0001_a.sql", "0002_b.sql"));
}

TEST_F(MigrationsTest, ReplicasMayStartAtOnce) {
  std::vector<absl::Status> results(4);
  std::vector<std::thread> replicas;
  replicas.reserve(results.size());
  for (absl::Status& result : results) {
    replicas.emplace_back([this, &result] {
      result = Migrate(conninfo_, kSchema, example::Migrations());
    });
  }
  for (std::thread& replica : replicas) replica.join();
  EXPECT_THAT(results, Each(Property(&absl::Status::ok, true)));
  EXPECT_EQ(AppliedNames().size(), 2);
}

TEST_F(MigrationsTest, RefusesEditedFileByName) {
  ASSERT_TRUE(Run({{"0001_a.sql", "CREATE TABLE a (x int)"}}).ok());
  absl::Status status = Run({{"0001_a.sql", "CREATE TABLE a (x bigint)"},
                             {"0002_b.sql", "CREATE TABLE b (x int)"}});
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("0001_a.sql"));
  EXPECT_THAT(AppliedNames(), ElementsAre("0001_a.sql"));
}

TEST_F(MigrationsTest, FailingFileLeavesNothingAndKeepsThoseBefore) {
  absl::Status status =
      Run({{"0001_a.sql", "CREATE TABLE a (x int)"},
           {"0002_b.sql", "CREATE TABLE b (x int); SELECT * FROM nowhere"}});
  EXPECT_EQ(status.code(), absl::StatusCode::kInternal);
  EXPECT_THAT(std::string(status.message()),
              AllOf(HasSubstr("0002_b.sql"), HasSubstr("nowhere")));
  EXPECT_THAT(AppliedNames(), ElementsAre("0001_a.sql"));
  EXPECT_TRUE(Run({{"0001_a.sql", "CREATE TABLE a (x int)"},
                   {"0002_b.sql", "CREATE TABLE b (x int)"}})
                  .ok());
}

// Goal: nobody who comes to the table waits for long behind a migration that
// waits for who came before. Method: one reads it, as a dump does for hours.
TEST_F(MigrationsTest, GivesUpALockThatIsHeldAndWaitsForItInPauses) {
  const std::vector<Migration> before = {{"0001_a.sql", "CREATE TABLE a ()"}};
  const std::vector<Migration> after = {
      before[0], {"0002_a.sql", "ALTER TABLE a ADD COLUMN x int"}};
  ASSERT_TRUE(Run(before).ok());
  pqxx::connection reading(conninfo_);
  pqxx::work transaction(reading);
  transaction.exec("SELECT FROM registry.a");

  pqxx::connection impatient(conninfo_);
  pqxx::nontransaction(impatient).exec("SET lock_timeout TO '5s'");
  absl::Notification given_up;
  std::thread migrating([&] {
    EXPECT_EQ(Run(after).code(), absl::StatusCode::kAborted);
    given_up.Notify();
  });
  while (!given_up.HasBeenNotified() &&
         pqxx::nontransaction(impatient)
             .exec("SELECT FROM pg_locks WHERE NOT granted")
             .empty()) {
  }
  EXPECT_NO_THROW(
      pqxx::nontransaction(impatient).exec("SELECT FROM registry.a"));
  migrating.join();

  absl::Notification stop;
  std::thread waiting([&] {
    EXPECT_TRUE(WaitUntilMigrated(conninfo_, kSchema, after, stop).ok());
  });
  transaction.abort();
  waiting.join();
  EXPECT_THAT(AppliedNames(), ElementsAre("0001_a.sql", "0002_a.sql"));
}

TEST_F(MigrationsTest, LeavesAloneWhatANewerReleaseApplied) {
  ASSERT_TRUE(Run({{"0001_a.sql", "CREATE TABLE a (x int)"},
                   {"0002_b.sql", "CREATE TABLE b (x int)"}})
                  .ok());
  EXPECT_TRUE(Run({{"0001_a.sql", "CREATE TABLE a (x int)"}}).ok());
}

TEST_F(MigrationsTest, RefusesNamesOutOfOrder) {
  EXPECT_EQ(
      Run({{"0002_b.sql", "SELECT 1"}, {"0001_a.sql", "SELECT 1"}}).code(),
      absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(
      Run({{"0001_a.sql", "SELECT 1"}, {"0001_a.sql", "SELECT 1"}}).code(),
      absl::StatusCode::kInvalidArgument);
}

TEST_F(MigrationsTest, MissingSchemaIsUnavailable) {
  EXPECT_EQ(Migrate(conninfo_, "not_made_yet", example::Migrations()).code(),
            absl::StatusCode::kUnavailable);
}

TEST_F(MigrationsTest, WaitsWhileTheDatabaseIsAway) {
  absl::Notification stop;
  cluster_->Stop();
  absl::Status status;
  std::thread waiting([&] {
    status = WaitUntilMigrated(conninfo_, kSchema, example::Migrations(), stop);
  });
  cluster_->Start();
  waiting.join();
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(AppliedNames().size(), 2);
}

TEST_F(MigrationsTest, WaitingEndsWhenAskedToStop) {
  absl::Notification stop;
  stop.Notify();
  EXPECT_EQ(
      WaitUntilMigrated("host=/nowhere", kSchema, example::Migrations(), stop)
          .code(),
      absl::StatusCode::kCancelled);
}

TEST_F(MigrationsTest, WaitingEndsAtOnceWhenItIsInVain) {
  ASSERT_TRUE(Run({{"0001_books.sql", "SELECT 1"}}).ok());
  absl::Notification stop;
  EXPECT_EQ(
      WaitUntilMigrated(conninfo_, kSchema, example::Migrations(), stop).code(),
      absl::StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace causeway::postgres
