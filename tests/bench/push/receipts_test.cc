#include "tests/bench/push/receipts.h"

#include <gmock/gmock.h>

namespace causeway::bench {
namespace {

constexpr absl::Duration kPatience = absl::Milliseconds(1);

TEST(ReceiptsTest, CountsWhatComesInOrder) {
  Receipts receipts(3);
  receipts.Expect({.appservice_count = 3, .first_position = 100});
  receipts.Take({.appservice = 1, .first = 101, .last = 107, .event_count = 3},
                absl::Seconds(1));
  receipts.Take({.appservice = 1, .first = 110, .last = 110, .event_count = 1},
                absl::Seconds(2));
  const Receipts::Counts counts = receipts.Await(4, kPatience);
  EXPECT_EQ(counts.deliveries, 4);
  EXPECT_EQ(counts.transactions, 2);
  EXPECT_EQ(counts.last_at, absl::Seconds(2));
}

TEST(ReceiptsTest, RepetitionsDoNotCount) {
  Receipts receipts(1);
  receipts.Expect({.everyone = true});
  const Transaction transaction = {.first = 1, .last = 5, .event_count = 5};
  receipts.Take(transaction, absl::Seconds(1));
  receipts.Take(transaction, absl::Seconds(2));
  EXPECT_EQ(receipts.counts().deliveries, 5);
  EXPECT_EQ(receipts.counts().repeated_events, 5);
}

// What must not be counted ends the process.
TEST(ReceiptsDeathTest, NoticesWhatIsMissing) {
  Receipts receipts(1);
  receipts.Expect({.everyone = true});
  receipts.Take({.first = 2, .last = 3, .event_count = 2}, absl::Seconds(1));
  EXPECT_DEATH(receipts.counts(), "should get 1");
}

TEST(ReceiptsDeathTest, NoticesAHoleWithinATransaction) {
  Receipts receipts(1);
  receipts.Expect({.everyone = true});
  receipts.Take({.first = 1, .last = 3, .event_count = 2}, absl::Seconds(1));
  EXPECT_DEATH(receipts.counts(), "2 events from 1 to 3");
}

TEST(ReceiptsDeathTest, NoticesWhatIsAnothers) {
  Receipts receipts(2);
  receipts.Expect({.first_appservice = 1, .appservice_count = 1});
  receipts.Take({.appservice = 0, .first = 1, .last = 1, .event_count = 1},
                absl::Seconds(1));
  EXPECT_DEATH(receipts.counts(), "application service 0");
}

TEST(ReceiptsDeathTest, GivesUpWhenNothingComes) {
  Receipts receipts(1);
  receipts.Expect({.everyone = true});
  EXPECT_DEATH(receipts.Await(1, kPatience), "only 0 of 1");
}

}  // namespace
}  // namespace causeway::bench
