// Goal: what is long ago is never told again. Method: the points of a source as
// the release before, or years, leave them. What any store has to do is in
// push_store_contract.h.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "services/push_dispatcher/core/source_chain.h"
#include "services/push_dispatcher/store/ingest_store.h"
#include "services/push_dispatcher/store/operator_store.h"
#include "services/push_dispatcher/store/postgres_generations_fixture.h"

namespace causeway::push {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

class PostgresSourceHistoryTest : public PostgresGenerations {
 protected:
  SourceHistory History() {
    return stores_.ingest->GetSourceHistory("hs").value();
  }
};

TEST_F(PostgresSourceHistoryTest, WhatIsOlderThanPointsHasNoBeginning) {
  Commit({7}, 10);
  Sql("DELETE FROM source_points");
  EXPECT_THAT(History().passed, IsEmpty());
  EXPECT_TRUE(absl::IsFailedPrecondition(
      stores_.ingest->RestartSource("hs", 1, ChainPoint())));
}

TEST_F(PostgresSourceHistoryTest, TheBeginningIsDroppedWithTheOldest) {
  Commit({7}, 10);
  Sql(
      absl::StrCat("INSERT INTO source_points (source_id, position,"
                   "  prefix_sha256) "
                   "SELECT 1, i, decode(repeat('11', 32), 'hex') "
                   "FROM generate_series(2, ",
                   kSourcePointsMax, ") AS i"));
  EXPECT_THAT(History().passed, SizeIs(kSourcePointsMax));
  EXPECT_EQ(History().passed.back(), ChainPoint());
  Sql("UPDATE sources SET next_position = 20000 WHERE name = 'hs'");
  Sweep({.source_point_interval = absl::ZeroDuration()});
  EXPECT_THAT(History().passed, SizeIs(kSourcePointsMax));
  EXPECT_EQ(History().passed.front().position, 20000);
  EXPECT_EQ(History().passed.back().position, 2);
  // Nor do points that are dropped since bring it back.
  Sql("DELETE FROM source_points WHERE position > 100");
  EXPECT_EQ(History().passed.back().position, 2);
}

}  // namespace
}  // namespace causeway::push
