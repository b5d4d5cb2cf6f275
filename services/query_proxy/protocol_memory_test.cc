#include "services/query_proxy/protocol_memory.h"

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "services/query_proxy/third_party_json.h"
#include "services/shared/clock/fake_clock.h"

namespace causeway::query {
namespace {

const ProtocolMemory::Key kIrc{
    .appservice_uid = "1", .registration_revision = 3, .protocol = "irc"};

ProtocolMemory::Info Info(const std::string& object) {
  return std::make_shared<const ProtocolInfo>(ProtocolInfo{.object = object});
}

class ProtocolMemoryTest : public ::testing::Test {
 protected:
  FakeClock clock_;
  ProtocolMemory memory_{
      {.lifetime = absl::Minutes(1), .entries_max = 3, .bytes_max = 10000},
      clock_};
};

TEST_F(ProtocolMemoryTest, RemembersForItsTime) {
  EXPECT_FALSE(memory_.Find(kIrc).has_value());
  memory_.Add(kIrc, Info("{}"));
  clock_.AdvanceTime(absl::Minutes(1) - absl::Milliseconds(1));
  ASSERT_TRUE(memory_.Find(kIrc).has_value());
  EXPECT_EQ((*memory_.Find(kIrc))->object, "{}");
  clock_.AdvanceTime(absl::Milliseconds(1));
  EXPECT_FALSE(memory_.Find(kIrc).has_value());
}

TEST_F(ProtocolMemoryTest, RemembersANoToo) {
  memory_.Add(kIrc, nullptr);
  ASSERT_TRUE(memory_.Find(kIrc).has_value());
  EXPECT_EQ(*memory_.Find(kIrc), nullptr);
}

TEST_F(ProtocolMemoryTest, ChangedRegistrationIsAnother) {
  memory_.Add(kIrc, Info("{}"));
  ProtocolMemory::Key changed = kIrc;
  changed.registration_revision = 4;
  EXPECT_FALSE(memory_.Find(changed).has_value());
}

TEST_F(ProtocolMemoryTest, AddedAgainLivesOn) {
  memory_.Add(kIrc, Info("{}"));
  clock_.AdvanceTime(absl::Seconds(40));
  memory_.Add(kIrc, Info(R"({"new":1})"));
  clock_.AdvanceTime(absl::Seconds(40));
  memory_.Add({.protocol = "xmpp"}, nullptr);  // Drops what has expired.
  ASSERT_TRUE(memory_.Find(kIrc).has_value());
  EXPECT_EQ((*memory_.Find(kIrc))->object, R"({"new":1})");
}

TEST_F(ProtocolMemoryTest, ForgetsTheOldestWhenThereAreTooMany) {
  for (int i = 0; i < 4; ++i) {
    memory_.Add({.protocol = absl::StrCat(i)}, Info("{}"));
    clock_.AdvanceTime(absl::Seconds(1));
  }
  EXPECT_FALSE(memory_.Find({.protocol = "0"}).has_value());
  EXPECT_TRUE(memory_.Find({.protocol = "1"}).has_value());
  EXPECT_TRUE(memory_.Find({.protocol = "3"}).has_value());
}

TEST_F(ProtocolMemoryTest, ForgetsTheOldestWhenTheyAreTooLarge) {
  memory_.Add({.protocol = "small"}, Info("{}"));
  clock_.AdvanceTime(absl::Seconds(1));
  memory_.Add({.protocol = "large"}, Info(std::string(9000, 'x')));
  clock_.AdvanceTime(absl::Seconds(1));
  EXPECT_TRUE(memory_.Find({.protocol = "small"}).has_value());
  memory_.Add({.protocol = "larger"}, Info(std::string(9000, 'x')));
  EXPECT_FALSE(memory_.Find({.protocol = "small"}).has_value());
  EXPECT_FALSE(memory_.Find({.protocol = "large"}).has_value());
  EXPECT_TRUE(memory_.Find({.protocol = "larger"}).has_value());
  // What was forgotten gives its room back.
  memory_.Add({.protocol = "small"}, Info("{}"));
  EXPECT_TRUE(memory_.Find({.protocol = "larger"}).has_value());
}

TEST_F(ProtocolMemoryTest, LifetimeZeroTurnsItOff) {
  ProtocolMemory off({.lifetime = absl::ZeroDuration()}, clock_);
  off.Add(kIrc, Info("{}"));
  EXPECT_FALSE(off.Find(kIrc).has_value());
}

}  // namespace
}  // namespace causeway::query
