#include "services/push_dispatcher/core/segment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "services/push_dispatcher/core/event_set.h"

namespace causeway::push {
namespace {

using ::testing::ElementsAre;

TEST(SegmentTest, GivesBackWhatWentIn) {
  const std::string large(200000, 'x');
  const std::vector<absl::string_view> records = {R"({"a":1})", "", large, "é"};
  const Segment original = Segment::Of(records);
  const EncodedSegment encoded = original.Encode("hash");
  EXPECT_EQ(encoded.record_count, 4);
  EXPECT_LT(encoded.data.size(), large.size() / 10);

  const absl::StatusOr<Segment> segment = Segment::Decode(encoded);
  ASSERT_TRUE(segment.ok()) << segment.status();
  ASSERT_EQ(segment->record_count(), 4u);
  for (size_t i = 0; i < records.size(); ++i) {
    EXPECT_EQ(original.record(i), records[i]);
    EXPECT_EQ(segment->record(i), records[i]);
  }
}

TEST(SegmentTest, RefusesDamage) {
  const EncodedSegment good =
      Segment::Of({"{\"a\":1}", "{\"b\":2}"}).Encode("hash");
  struct Case {
    const char* name;
    EncodedSegment encoded;
  };
  std::vector<Case> cases(5, {"", good});
  cases[0].name = "another format";
  cases[0].encoded.format = kSegmentFormat + 1;
  cases[1].name = "cut short";
  cases[1].encoded.data.resize(good.data.size() - 1);
  cases[2].name = "another size";
  cases[2].encoded.raw_bytes += 1;
  cases[3].name = "a size that would take all memory";
  cases[3].encoded.raw_bytes = int64_t{1} << 50;
  cases[4].name = "more records than there are lengths for";
  cases[4].encoded.record_count = 1000;
  for (const Case& test : cases) {
    SCOPED_TRACE(test.name);
    EXPECT_EQ(Segment::Decode(test.encoded).status().code(),
              absl::StatusCode::kDataLoss);
  }
}

TEST(SegmentTest, ItsContentTellsItFromOthers) {
  const Segment segment = Segment::Of({"{1}", "{2}", ""});
  const EncodedSegment encoded = segment.Encode("hash");
  EXPECT_NE(encoded.content_id, 0);
  EXPECT_EQ(encoded.content_id, segment.Encode("hash").content_id);
  // Of another history.
  EXPECT_NE(encoded.content_id, segment.Encode("other").content_id);
  // Of which others are wanted.
  EXPECT_NE(encoded.content_id,
            Segment::Of({"{1}", "", "{3}"}).Encode("hash").content_id);
}

TEST(SegmentTest, TellsToDeviceMessagesFromEvents) {
  EventSet to_device;
  to_device.Add(1);
  to_device.Add(2);
  const Segment original = Segment::Of({"{}", "{\"a\":1}", ""}, to_device);
  const EncodedSegment encoded = original.Encode("hash");
  EXPECT_EQ(encoded.format, 2);
  const absl::StatusOr<Segment> segment = Segment::Decode(encoded);
  ASSERT_TRUE(segment.ok()) << segment.status();
  EXPECT_EQ(segment->record(0), "{}");
  EXPECT_EQ(segment->record(1), "{\"a\":1}");
  EXPECT_EQ(segment->record(2), "");
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(original.is_to_device(i), i > 0);
    EXPECT_EQ(segment->is_to_device(i), i > 0);
  }
}

// Whoever knows no to-device messages can read what has none.
TEST(SegmentTest, WithoutToDeviceMessagesTheOldFormatIsMade) {
  EncodedSegment encoded = Segment::Of({"{}"}).Encode("hash");
  EXPECT_EQ(encoded.format, 1);
  EventSet to_device;
  to_device.Add(0);
  encoded = Segment::Of({"{}"}, to_device).Encode("hash");
  encoded.format = 1;  // Where the bit has no meaning.
  EXPECT_FALSE(Segment::Decode(encoded).ok());
}

TEST(EventSetTest, NextFindsEach) {
  EventSet events;
  for (size_t index : {0, 7, 8, 31, 1000}) events.Add(index);
  std::vector<size_t> found;
  for (auto next = events.Next(0); next.has_value();
       next = events.Next(*next + 1)) {
    found.push_back(*next);
  }
  EXPECT_THAT(found, ElementsAre(0, 7, 8, 31, 1000));
  EXPECT_EQ(events.Next(9), 31);
  EXPECT_EQ(events.Next(1001), std::nullopt);
}

TEST(EventSetTest, KeepsWhatWasAdded) {
  EventSet events;
  EXPECT_EQ(events.Next(0), std::nullopt);
  for (size_t index : {0, 7, 8, 1999}) events.Add(index);
  EXPECT_EQ(events.count(), 4);
  EXPECT_EQ(events.bits().size(), 250u);
  EXPECT_TRUE(events.Contains(7));
  EXPECT_FALSE(events.Contains(9));
  EXPECT_FALSE(events.Contains(5000));
  EXPECT_EQ(events.Next(1), 7u);
  EXPECT_EQ(events.Next(9), 1999u);
  EXPECT_EQ(events.Next(2000), std::nullopt);
  EXPECT_EQ(EventSet(events.bits()), events);
}

}  // namespace
}  // namespace causeway::push
