#include "services/registry/watch_messages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "causeway/registry/v1/registry.pb.h"
#include "services/registry/appservice.h"
#include "services/registry/registry_state.h"
#include "services/shared/namespaces/namespace_kind.h"

namespace causeway::registry {
namespace {

std::shared_ptr<const Appservice> LargeAppservice(int64_t uid) {
  auto appservice = std::make_shared<Appservice>();
  appservice->uid = uid;
  appservice->hs_token_sealed = "sealed";
  appservice->registration.namespaces.assign(
      300,
      {namespaces::NamespaceKind::kUsers, "@" + std::string(1000, 'x'), true});
  return appservice;
}

TEST(WatchMessagesTest, NoDifferenceShowsThatTheRegistryLives) {
  auto messages = ToWatchMessages(5, {}, "hs.test", false);
  ASSERT_EQ(messages.size(), 1u);
  EXPECT_EQ(messages[0].revision(), 5);
  EXPECT_TRUE(messages[0].complete());
  EXPECT_FALSE(messages[0].reset());
  EXPECT_EQ(messages[0].updated_size(), 0);
}

TEST(WatchMessagesTest, ResetTellsTheServerName) {
  RegistryState::Difference difference;
  difference.reset = true;
  auto messages = ToWatchMessages(5, difference, "hs.test", false);
  ASSERT_EQ(messages.size(), 1u);
  EXPECT_TRUE(messages[0].reset());
  EXPECT_EQ(messages[0].server_name(), "hs.test");
  EXPECT_TRUE(messages[0].complete());
}

TEST(WatchMessagesTest, LargeDifferenceIsSplit) {
  RegistryState::Difference difference;
  difference.reset = true;
  for (int64_t uid = 1; uid <= 10; ++uid) {
    difference.updated.push_back(LargeAppservice(uid));
  }
  auto messages = ToWatchMessages(5, difference, "hs.test", false);
  EXPECT_EQ(messages.size(), 4u);  // Three of 300 kB each fit in one.
  int updated_count = 0;
  for (size_t i = 0; i < messages.size(); ++i) {
    EXPECT_LE(messages[i].ByteSizeLong(), kWatchMessageBytesMax + 1024);
    EXPECT_EQ(messages[i].reset(), i == 0);
    EXPECT_EQ(messages[i].complete(), i + 1 == messages.size());
    EXPECT_EQ(messages[i].revision(), 5);
    updated_count += messages[i].updated_size();
  }
  EXPECT_EQ(updated_count, 10);
}

TEST(WatchMessagesTest, RemovalsAreUidsInDecimal) {
  RegistryState::Difference difference;
  difference.removed_uids = {7, 12};
  auto messages = ToWatchMessages(5, difference, "hs.test", false);
  ASSERT_EQ(messages.size(), 1u);
  EXPECT_THAT(messages[0].removed_uids(), ::testing::ElementsAre("7", "12"));
}

TEST(WatchMessagesTest, TellsWhenOneExpires) {
  auto appservice = std::make_shared<Appservice>();
  RegistryState::Difference difference;
  difference.updated.push_back(appservice);
  EXPECT_FALSE(ToWatchMessages(5, difference, "hs.test", false)[0]
                   .updated(0)
                   .has_expire_time());
  appservice->expire_time = absl::FromUnixSeconds(1421416883);
  EXPECT_EQ(ToWatchMessages(5, difference, "hs.test", false)[0]
                .updated(0)
                .expire_time()
                .seconds(),
            1421416883);
}

TEST(WatchMessagesTest, SecretsOnlyForWhoAsks) {
  RegistryState::Difference difference;
  difference.updated.push_back(LargeAppservice(1));
  EXPECT_EQ(ToWatchMessages(5, difference, "hs.test", false)[0]
                .updated(0)
                .hs_token_sealed(),
            "");
  EXPECT_EQ(ToWatchMessages(5, difference, "hs.test", true)[0]
                .updated(0)
                .hs_token_sealed(),
            "sealed");
}

}  // namespace
}  // namespace causeway::registry
