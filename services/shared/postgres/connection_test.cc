#include "services/shared/postgres/connection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "services/shared/postgres/test_cluster.h"

namespace causeway::postgres {
namespace {

TEST(WithTimeoutsTest, AddsThemToBothFormsOnce) {
  const SessionOptions session = {.connect_timeout = absl::Milliseconds(100),
                                  .silence_timeout = absl::Seconds(8)};
  EXPECT_EQ(WithTimeouts("host=/tmp user=x", session),
            "host=/tmp user=x connect_timeout=2 tcp_user_timeout=8000 "
            "keepalives_idle=4 keepalives_interval=1");
  EXPECT_EQ(WithTimeouts("postgresql://h/db", session),
            "postgresql://h/db?connect_timeout=2&tcp_user_timeout=8000&"
            "keepalives_idle=4&keepalives_interval=1");
  EXPECT_EQ(WithTimeouts("postgres://h/db?tcp_user_timeout=0", session),
            "postgres://h/db?tcp_user_timeout=0&connect_timeout=2&"
            "keepalives_idle=4&keepalives_interval=1");
  EXPECT_EQ(WithTimeouts("host=h connect_timeout=9 tcp_user_timeout=1 "
                         "keepalives_idle=2 keepalives_interval=3",
                         session),
            "host=h connect_timeout=9 tcp_user_timeout=1 keepalives_idle=2 "
            "keepalives_interval=3");
}

// What the server says of the sessions that it has.
class ConnectionTest : public ::testing::Test {
 protected:
  static std::string Show(Connection& connection, const std::string& name) {
    return pqxx::nontransaction(connection.pqxx())
        .exec1("SHOW " + name)[0]
        .as<std::string>();
  }

  TestCluster cluster_;
};

TEST_F(ConnectionTest, BoundsItsSession) {
  Connection connection(cluster_.NewDatabase("registry"),
                        {.application_name = "it's me",
                         .statement_timeout = absl::Seconds(7),
                         .lock_timeout = absl::Milliseconds(1500),
                         .idle_in_transaction_timeout = absl::Minutes(2)});
  EXPECT_EQ(Show(connection, "application_name"), "it's me");
  EXPECT_EQ(Show(connection, "statement_timeout"), "7s");
  EXPECT_EQ(Show(connection, "lock_timeout"), "1500ms");
  EXPECT_EQ(Show(connection, "idle_in_transaction_session_timeout"), "2min");
  EXPECT_EQ(Show(connection, "timezone"), "UTC");
}

TEST_F(ConnectionTest, InfiniteTimeoutIsNone) {
  Connection connection(cluster_.NewDatabase("registry"),
                        {.statement_timeout = absl::InfiniteDuration()});
  EXPECT_EQ(Show(connection, "statement_timeout"), "0");
}

// The role of a service sees its own schema and no other, as in production.
TEST_F(ConnectionTest, RoleOwnsOnlyItsSchema) {
  Connection connection(cluster_.NewDatabase("registry"), {});
  EXPECT_EQ(Show(connection, "search_path"), "registry");
  pqxx::work work(connection.pqxx());
  work.exec("CREATE TABLE mine (x int)");
  EXPECT_THROW(work.exec("CREATE TABLE public.not_mine (x int)"),
               pqxx::insufficient_privilege);
}

}  // namespace
}  // namespace causeway::postgres
