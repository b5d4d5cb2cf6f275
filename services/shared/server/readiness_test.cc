#include "services/shared/server/readiness.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace causeway::server {
namespace {

TEST(ReadinessTest, IsNotReadyBeforeTheFirstEvaluation) {
  Readiness readiness;
  EXPECT_FALSE(readiness.ready());
  EXPECT_EQ(readiness.Report(), "process: starting\n");
  readiness.Evaluate();
  EXPECT_TRUE(readiness.ready());
  EXPECT_EQ(readiness.Report(), "process: ok\n");
}

TEST(ReadinessTest, FollowsItsChecksAndNamesWhatIsMissing) {
  Readiness readiness;
  absl::Status database = absl::UnavailableError("connection\nrefused");
  readiness.AddCheck("registry", [] { return absl::OkStatus(); });
  readiness.AddCheck("database", [&database] { return database; });
  readiness.Evaluate();
  EXPECT_FALSE(readiness.ready());
  EXPECT_EQ(readiness.Report(), "registry: ok\ndatabase: connection refused\n");
  database = absl::UnavailableError("database: connection refused");
  readiness.Evaluate();
  EXPECT_EQ(readiness.Report(), "registry: ok\ndatabase: connection refused\n");
  database = absl::OkStatus();
  EXPECT_FALSE(readiness.ready()) << "until evaluated again";
  readiness.Evaluate();
  EXPECT_TRUE(readiness.ready());
  EXPECT_EQ(readiness.Report(), "registry: ok\ndatabase: ok\n");
}

TEST(ReadinessTest, ReportsWhatItGoesOnWithout) {
  Readiness readiness;
  absl::Status database = absl::OkStatus();
  readiness.AddAdvisoryCheck(
      "upstream", [] { return absl::UnavailableError("connection refused"); });
  readiness.AddCheck("database", [&database] { return database; });
  readiness.Evaluate();
  EXPECT_TRUE(readiness.ready());
  EXPECT_EQ(readiness.Report(), "upstream: connection refused\ndatabase: ok\n");
  database = absl::UnavailableError("connection refused");
  readiness.Evaluate();
  EXPECT_FALSE(readiness.ready());
}

TEST(ReadinessTest, IsNeverReadyAgainOnceDraining) {
  Readiness readiness;
  readiness.AddCheck("database", [] { return absl::OkStatus(); });
  readiness.Evaluate();
  readiness.SetDraining();
  EXPECT_FALSE(readiness.ready());
  readiness.Evaluate();
  EXPECT_FALSE(readiness.ready());
  EXPECT_EQ(readiness.Report(), "process: shutting down\ndatabase: ok\n");
}

}  // namespace
}  // namespace causeway::server
