#include "services/shared/postgres/pool.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <prometheus/registry.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "services/shared/postgres/sql_status.h"
#include "services/shared/postgres/test_cluster.h"
#include "services/shared/server/metrics.h"

namespace causeway::postgres {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kKillOwnSession[] =
    "SELECT pg_terminate_backend(pg_backend_pid())";

class PoolTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { cluster_ = new TestCluster; }
  static void TearDownTestSuite() { delete cluster_; }

  PoolTest() {
    pqxx::connection connection(conninfo_);
    pqxx::nontransaction(connection)
        .exec("CREATE TABLE numbers (n int PRIMARY KEY, secret text)");
  }

  Pool::Options Options() { return {.conninfo = conninfo_}; }

  static absl::Status Insert(Pool& pool, int number) {
    return pool.Run([number](pqxx::work& work) {
      work.exec_params("INSERT INTO numbers VALUES ($1, 'hidden')", number);
      return absl::OkStatus();
    });
  }

  static int Count(Pool& pool) {
    int count = -1;
    EXPECT_TRUE(
        pool.Run([&count](pqxx::work& work) {
              count = work.exec1("SELECT count(*) FROM numbers")[0].as<int>();
              return absl::OkStatus();
            })
            .ok());
    return count;
  }

  // Of this database's user. Waits until they are gone.
  void KillSessions() {
    pqxx::connection admin(cluster_->AdminConninfo(conninfo_));
    pqxx::nontransaction(admin).exec(
        "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
        " WHERE usename = 'registry'");
  }

  inline static TestCluster* cluster_ = nullptr;
  const std::string conninfo_ = cluster_->NewDatabase("registry");
};

TEST_F(PoolTest, CommitsWhenBodyReturnsOk) {
  Pool pool(Options());
  EXPECT_TRUE(Insert(pool, 1).ok());
  EXPECT_EQ(Count(pool), 1);
  EXPECT_TRUE(pool.Check().ok());
}

TEST_F(PoolTest, RollsBackAndPassesOnWhatBodyReturns) {
  Pool pool(Options());
  absl::Status refusal = absl::PermissionDeniedError("not yours");
  refusal.SetPayload("causeway/errcode", absl::Cord("M_FORBIDDEN"));
  EXPECT_EQ(pool.Run([&](pqxx::work& work) {
    work.exec("INSERT INTO numbers VALUES (1)");
    return refusal;
  }),
            refusal);
  EXPECT_EQ(Count(pool), 0);
}

TEST_F(PoolTest, RollsBackWhenBodyThrows) {
  Pool pool(Options());
  EXPECT_EQ(pool.Run([](pqxx::work& work) -> absl::Status {
                  work.exec("INSERT INTO numbers VALUES (1)");
                  throw std::out_of_range("not ours");
                })
                .code(),
            absl::StatusCode::kInternal);
  EXPECT_EQ(Count(pool), 0);
}

TEST_F(PoolTest, UniqueViolationNamesTheConstraintButNoValue) {
  Pool pool(Options());
  ASSERT_TRUE(Insert(pool, 4711).ok());
  absl::Status status = Insert(pool, 4711);
  EXPECT_EQ(status.code(), absl::StatusCode::kAlreadyExists);
  EXPECT_THAT(std::string(status.message()),
              AllOf(HasSubstr("numbers_pkey"), Not(HasSubstr("4711"))));
}

struct SqlstateCase {
  std::string sqlstate;
  absl::StatusCode code;
};

class SqlstateTest : public PoolTest,
                     public ::testing::WithParamInterface<SqlstateCase> {};

TEST_P(SqlstateTest, BecomesCode) {
  Pool pool(Options());
  EXPECT_EQ(pool.Run([](pqxx::work& work) {
                  work.exec(absl::StrCat("DO $$ BEGIN RAISE SQLSTATE '",
                                         GetParam().sqlstate, "'; END $$"));
                  return absl::OkStatus();
                })
                .code(),
            GetParam().code);
}

INSTANTIATE_TEST_SUITE_P(
    All, SqlstateTest,
    ::testing::Values(SqlstateCase{"40001", absl::StatusCode::kAborted},
                      SqlstateCase{"40P01", absl::StatusCode::kAborted},
                      SqlstateCase{"55P03", absl::StatusCode::kAborted},
                      SqlstateCase{"57014",
                                   absl::StatusCode::kDeadlineExceeded},
                      SqlstateCase{"57P03", absl::StatusCode::kUnavailable},
                      SqlstateCase{"53100", absl::StatusCode::kUnavailable},
                      SqlstateCase{"53300", absl::StatusCode::kUnavailable},
                      SqlstateCase{"25006", absl::StatusCode::kUnavailable},
                      SqlstateCase{"42703", absl::StatusCode::kUnavailable},
                      SqlstateCase{"42P01", absl::StatusCode::kUnavailable},
                      SqlstateCase{"42601", absl::StatusCode::kInternal},
                      SqlstateCase{"23502", absl::StatusCode::kInternal}),
    [](const auto& info) { return info.param.sqlstate; });

// As when the server goes while a connection is set up: pqxx tells that as an
// error of a statement, which has no code then.
TEST(SqlStatusTest, ErrorThatTheServerHasNotSentIsUnavailable) {
  EXPECT_EQ(
      StatusFromException(pqxx::sql_error(
          "server closed the connection unexpectedly\n\tThis probably means")),
      absl::UnavailableError(
          "database: server closed the connection unexpectedly"));
}

TEST_F(PoolTest, StatementTimeoutIsDeadlineExceeded) {
  Pool::Options options = Options();
  options.session.statement_timeout = absl::Milliseconds(10);
  Pool pool(options);
  EXPECT_EQ(pool.Run([](pqxx::work& work) {
                  work.exec("SELECT pg_sleep(60)");
                  return absl::OkStatus();
                })
                .code(),
            absl::StatusCode::kDeadlineExceeded);
  EXPECT_TRUE(pool.Check().ok());
}

TEST_F(PoolTest, KilledSessionIsUnavailableAndNextCallWorks) {
  Pool pool(Options());
  absl::Status status = pool.Run([](pqxx::work& work) {
    work.exec("INSERT INTO numbers VALUES (1)");
    work.exec(kKillOwnSession);
    return absl::OkStatus();
  });
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_FALSE(IsUnknownCommit(status));
  EXPECT_EQ(Count(pool), 0);
}

TEST_F(PoolTest, SessionKilledWhileIdleGoesUnnoticed) {
  Pool pool(Options());
  ASSERT_TRUE(Insert(pool, 1).ok());
  KillSessions();
  EXPECT_TRUE(Insert(pool, 2).ok());
  EXPECT_EQ(Count(pool), 2);
}

TEST_F(PoolTest, ServerThatIsAwayIsUnavailableUntilItIsBack) {
  Pool pool(Options());
  ASSERT_TRUE(Insert(pool, 1).ok());
  cluster_->Stop();
  EXPECT_EQ(Insert(pool, 2).code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(pool.Check().code(), absl::StatusCode::kUnavailable);
  cluster_->Start();
  EXPECT_TRUE(Insert(pool, 2).ok());
  EXPECT_EQ(Count(pool), 2);
}

// Goal: a connection that breaks during COMMIT is told apart. Method: a trigger
// that runs at commit kills its own session.
TEST_F(PoolTest, CommitOfUnknownOutcomeSaysSo) {
  Pool pool(Options());
  absl::Status status = pool.Run([](pqxx::work& work) {
    work.exec(absl::StrCat(
        "CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid());"
        " RETURN NULL; END $$;"
        "CREATE CONSTRAINT TRIGGER die AFTER INSERT ON numbers"
        " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION die()"));
    return absl::OkStatus();
  });
  ASSERT_TRUE(status.ok()) << status;
  status = Insert(pool, 1);
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_TRUE(IsUnknownCommit(status)) << status;
  EXPECT_TRUE(pool.Check().ok());
}

TEST_F(PoolTest, OneStatementAloneIsATransaction) {
  Pool pool(Options());
  auto insert = [&pool](const std::string& values) {
    return pool.RunAlone([&values](pqxx::transaction_base& work) {
      work.exec(absl::StrCat("INSERT INTO numbers VALUES ", values));
      return absl::OkStatus();
    });
  };
  EXPECT_TRUE(insert("(1), (2)").ok());
  EXPECT_EQ(insert("(3), (2)").code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(Count(pool), 2);
}

TEST_F(PoolTest, WhatBreaksAloneHasAnUnknownOutcome) {
  Pool pool(Options());
  const absl::Status status = pool.RunAlone([](pqxx::transaction_base& work) {
    work.exec(kKillOwnSession);
    return absl::OkStatus();
  });
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_TRUE(IsUnknownCommit(status)) << status;
  EXPECT_EQ(Count(pool), 0);
}

TEST_F(PoolTest, ReadingGoesOnWhenAKeptConnectionWasDead) {
  Pool pool(Options());
  ASSERT_EQ(Count(pool), 0);  // Leaves a connection.
  KillSessions();
  int count = -1;
  EXPECT_EQ(pool.Read([&count](pqxx::transaction_base& work) {
    count = work.exec1("SELECT count(*) FROM numbers")[0].as<int>();
    return absl::OkStatus();
  }),
            absl::OkStatus());
  EXPECT_EQ(count, 0);
}

TEST_F(PoolTest, WhatBreaksWhileReadingIsKnownToHaveDoneNothing) {
  Pool pool(Options());
  const absl::Status status = pool.Read([](pqxx::transaction_base& work) {
    work.exec(kKillOwnSession);
    return absl::OkStatus();
  });
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_FALSE(IsUnknownCommit(status)) << status;
}

TEST_F(PoolTest, SessionHasTheSettings) {
  Pool::Options options = Options();
  options.session.settings = {{"jit", "off"}, {"work_mem", "65kB"}};
  Pool pool(options);
  ASSERT_TRUE(
      pool.Run([](pqxx::work& work) {
            EXPECT_EQ(work.exec1("SHOW jit")[0].as<std::string>(), "off");
            EXPECT_EQ(work.exec1("SHOW work_mem")[0].as<std::string>(), "65kB");
            return absl::OkStatus();
          })
          .ok());
}

TEST_F(PoolTest, NoFreeConnectionNamesTheLimit) {
  Pool::Options options = Options();
  options.connections_max = 1;
  options.acquire_timeout = absl::Milliseconds(5);
  Pool pool(options);
  absl::Status inner;
  ASSERT_TRUE(pool.Run([&](pqxx::work&) {
                    inner = pool.Check();
                    return absl::OkStatus();
                  })
                  .ok());
  EXPECT_EQ(inner.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(inner.message()),
              HasSubstr("database_connections_max=1"));
}

TEST_F(PoolTest, ManyThreadsShareFewConnections) {
  Pool::Options options = Options();
  options.connections_max = 2;
  Pool pool(options);
  std::vector<std::thread> threads;
  std::atomic<int> failure_count = 0;
  threads.reserve(8);
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 10; ++i) {
        if (!Insert(pool, 100 * t + i).ok()) ++failure_count;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(failure_count, 0);
  EXPECT_EQ(Count(pool), 80);
  pqxx::connection admin(cluster_->AdminConninfo(conninfo_));
  EXPECT_LE(pqxx::nontransaction(admin)
                .exec1("SELECT count(*) FROM pg_stat_activity"
                       " WHERE usename = 'registry' AND"
                       " datname = current_database()")[0]
                .as<int>(),
            2);
}

TEST_F(PoolTest, StatementsArePreparedAlsoAfterReconnecting) {
  Pool::Options options = Options();
  options.statements = {{"insert", "INSERT INTO numbers VALUES ($1)"}};
  Pool pool(options);
  auto insert = [&pool](int number) {
    return pool.Run([number](pqxx::work& work) {
      work.exec_prepared("insert", number);
      return absl::OkStatus();
    });
  };
  EXPECT_TRUE(insert(1).ok());
  EXPECT_TRUE(insert(2).ok());
  EXPECT_FALSE(pool.Run([](pqxx::work& work) {
                     work.exec(kKillOwnSession);
                     return absl::OkStatus();
                   })
                   .ok());
  EXPECT_TRUE(insert(3).ok());
  EXPECT_EQ(Count(pool), 3);
}

TEST_F(PoolTest, MetricsTellUseAndWaiting) {
  prometheus::Registry registry;
  PoolMetrics metrics(registry);
  Pool other({.conninfo = conninfo_, .connections_max = 3}, &metrics);
  Pool pool({.conninfo = conninfo_, .connections_max = 5}, &metrics);
  std::string during;
  ASSERT_TRUE(pool.Run([&](pqxx::work&) {
                    during = server::MetricsText(registry);
                    return absl::OkStatus();
                  })
                  .ok());
  EXPECT_THAT(during, HasSubstr("causeway_postgres_connections_in_use 1\n"));
  EXPECT_THAT(during, HasSubstr("causeway_postgres_connections_max 8\n"));
  std::string after = server::MetricsText(registry);
  EXPECT_THAT(after, HasSubstr("causeway_postgres_connections_in_use 0\n"));
  EXPECT_THAT(
      after, HasSubstr("causeway_postgres_acquire_duration_seconds_count 1\n"));
  EXPECT_THAT(after, HasSubstr("causeway_postgres_acquire_failures_total 0\n"));
}

}  // namespace
}  // namespace causeway::postgres
