#include "services/push_dispatcher/store/set_aside.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "services/push_dispatcher/core/transaction_body.h"
#include "services/push_dispatcher/store/set_aside_body.h"

namespace causeway::push {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

QueueWrite::Settled Settled(const std::string& txn_id, int64_t last_position,
                            Settlement::Kind kind) {
  return {.sealed = {.txn_id = txn_id,
                     .source_id = 1,
                     .last_position = last_position,
                     .event_count = 2,
                     .body_sha256 = {},
                     .publish_time = {}},
          .settlement = {.kind = kind, .reason = "why"}};
}

TEST(SetAsideTest, WhatWasTakenLeavesNoRecord) {
  QueueWrite write;
  write.settled = {Settled("n-1", 5, Settlement::Kind::kAcknowledged)};
  EXPECT_FALSE(LeavesRecords(write));
  EXPECT_THAT(RecordsOf(write, {}).acts, IsEmpty());
}

TEST(SetAsideTest, EachBeginsBehindTheOneBefore) {
  QueueWrite write;
  write.settled = {Settled("n-1", 5, Settlement::Kind::kAcknowledged),
                   Settled("n-2", 7, Settlement::Kind::kQuarantined),
                   Settled("n-3", 9, Settlement::Kind::kDropped)};
  EXPECT_TRUE(LeavesRecords(write));
  const WriteRecords records = RecordsOf(write, Cursors({3}));
  ASSERT_THAT(records.set_aside, SizeIs(2));
  EXPECT_EQ(records.set_aside[0].transaction.after_position, 5);
  EXPECT_EQ(records.set_aside[0].transaction.sealed.last_position, 7);
  EXPECT_EQ(records.set_aside[1].transaction.after_position, 7);
  ASSERT_THAT(records.acts, SizeIs(2));
  EXPECT_EQ(records.acts[0].action, "transaction_quarantined");
  EXPECT_THAT(records.acts[0].detail, HasSubstr("n-2"));
  EXPECT_EQ(records.acts[0].reason, "why");
  EXPECT_EQ(records.acts[1].action, "transaction_dropped");
}

// Hard case 10.
TEST(SetAsideTest, ARetirementTellsWhetherItMayBeARepeat) {
  QueueWrite write;
  write.retired = {.txn_id = "n-1", .attempts = 3};
  EXPECT_THAT(RecordsOf(write, {}).acts.at(0).detail,
              AllOf(HasSubstr("n-1"), HasSubstr("attempts: 3")));
  EXPECT_THAT(RecordsOf(write, {}).acts.at(0).reason, Not(HasSubstr("repeat")));
  write.retired->possibly_taken = true;
  EXPECT_THAT(RecordsOf(write, {}).acts.at(0).reason,
              HasSubstr("possibly taken, so its events may be a repeat"));
}

TEST(SetAsideTest, ARetirementTellsWhatWasWrong) {
  QueueWrite write;
  write.retired = {.txn_id = "n-1", .body_bytes_max_learned = 7};
  EXPECT_THAT(RecordsOf(write, {}).acts.at(0).detail, HasSubstr("7 bytes"));
  EXPECT_EQ(RecordsOf(write, {}).acts.at(0).reason, "refused as too large");
  write.retired->too_large = false;
  EXPECT_THAT(RecordsOf(write, {}).acts.at(0).detail,
              HasSubstr("without the ephemeral data"));
  EXPECT_EQ(RecordsOf(write, {}).acts.at(0).reason,
            "refused, with ephemeral data in it");
}

TEST(SetAsideTest, ReasonsCanBeKept) {
  EXPECT_EQ(ToReason("fine"), "fine");
  EXPECT_EQ(ToReason(absl::string_view("a\0b", 3)), "a\\000b");
  EXPECT_EQ(ToReason("a\xff"), "a\\377");
  std::string long_text(kReasonBytesMax - 1, 'x');
  EXPECT_EQ(ToReason(long_text + "\xc3\xa9"), long_text);
  EXPECT_THAT(ToReason(std::string(kReasonBytesMax, '\xff')),
              SizeIs(kReasonBytesMax));
}

TEST(SetAsideTest, BodiesSurviveCompression) {
  const std::string body(5000, 'x');
  const std::string block = CompressBody(body);
  EXPECT_LT(block.size(), 100u);
  EXPECT_EQ(DecompressBody(block, 5000).value(), body);
  EXPECT_EQ(DecompressBody(block, 4999).status().code(),
            absl::StatusCode::kDataLoss);
  EXPECT_EQ(DecompressBody(block, -1).status().code(),
            absl::StatusCode::kDataLoss);
  EXPECT_EQ(DecompressBody(CompressBody(""), 0).value(), "");
}

TEST(SetAsideTest, BodiesComeApartIntoWhatTheyWereMadeOf) {
  const std::vector<std::string> events = {
      R"({"a":"}],[{\"","b":[{},{"c":[1]}]})", R"({})",
      R"({"s":"\\","é":"{"})"};
  TransactionBody body({});
  for (const std::string& event : events) ASSERT_TRUE(body.Add(event));
  const BodyEvents expected = {.events = events, .to_device = {}};
  EXPECT_EQ(EventsOfBody(kEventsBodyFormat, *body.Finish()).value(), expected);
}

TEST(SetAsideTest, OfMixedBodiesWhatIsEphemeralIsLeftOut) {
  TransactionBody body({});
  ASSERT_TRUE(body.AddToDevice(R"({"d":1})"));
  ASSERT_TRUE(body.Add(R"({"e":1})"));
  ASSERT_TRUE(body.AddToDevice(R"({"d":2})"));
  ASSERT_TRUE(body.AddEphemeral(R"({"x":1},{"x":2})"));
  BodyEvents expected = {.events = {R"({"e":1})", R"({"d":1})", R"({"d":2})"},
                         .to_device = {}};
  expected.to_device.Add(1);
  expected.to_device.Add(2);
  EXPECT_EQ(EventsOfBody(kBodyFormat, *body.Finish()).value(), expected);

  TransactionBody messages({});
  ASSERT_TRUE(messages.AddToDevice("{}"));
  const auto alone = EventsOfBody(kBodyFormat, *messages.Finish());
  ASSERT_TRUE(alone.ok()) << alone.status();
  EXPECT_EQ(alone->events, std::vector<std::string>{"{}"});
  EXPECT_TRUE(alone->to_device.Contains(0));
}

TEST(SetAsideTest, WhatIsNoBodyIsRefused) {
  for (const char* body :
       {"", R"({"events":[]})", R"({"events":[{}})", R"({"events":[{},]})",
        R"({"events":[{}{}]})", R"({"events":[1]})", R"({"events":[[]]})"}) {
    SCOPED_TRACE(body);
    for (int32_t format : {kEventsBodyFormat, kBodyFormat}) {
      EXPECT_EQ(EventsOfBody(format, body).status().code(),
                absl::StatusCode::kDataLoss);
    }
  }
  const char* const mixed = R"({"events":[{}],"to_device":[{}],)"
                            R"("de.sorunome.msc2409.to_device":[{}]})";
  EXPECT_TRUE(EventsOfBody(kBodyFormat, mixed).ok());
  EXPECT_FALSE(EventsOfBody(kEventsBodyFormat, mixed).ok());
  EXPECT_FALSE(
      EventsOfBody(kBodyFormat, R"({"events":[{}],"to_device":[{}]})").ok());
  EXPECT_FALSE(EventsOfBody(kBodyFormat + 1, R"({"events":[{}]})").ok());
}

}  // namespace
}  // namespace causeway::push
