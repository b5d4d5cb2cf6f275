// Watch with as many application services as there may be one day: what a
// consumer is told, and what it makes of it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "causeway/registry/v1/registry.pb.h"
#include "services/registry/appservice.h"
#include "services/registry/registry_state.h"
#include "services/registry/registry_store.h"
#include "services/registry/watch_messages.h"
#include "services/shared/matrix/token.h"
#include "services/shared/namespaces/namespace_kind.h"
#include "services/shared/registry_watch/registry_snapshot.h"
#include "services/shared/registry_watch/watch_assembler.h"

namespace causeway::registry {
namespace {

using registry_watch::RegistrySnapshot;
using registry_watch::WatchAssembler;
using Snapshot = std::shared_ptr<const RegistrySnapshot>;
using enum namespaces::NamespaceKind;

constexpr int kAppserviceCount = 10'000;  // With 3 namespaces each.

Appservice MakeAppservice(int64_t uid, int64_t revision,
                          const std::string& name) {
  Appservice appservice;
  appservice.uid = uid;
  appservice.revision = revision;
  appservice.as_token_sha256 = matrix::Sha256(absl::StrCat(uid));
  appservice.hs_token_sealed = std::string(97, 's');
  Registration& registration = appservice.registration;
  registration.id = absl::StrCat("as", uid);
  registration.sender_localpart = absl::StrCat("bot", uid);
  registration.url = absl::StrCat("https://as", uid, ".test");
  registration.namespaces = {
      {kUsers, absl::StrCat("@_", name, "_.*:hs\\.test$"), true},
      {kAliases, absl::StrCat("#_", name, "_.*:hs\\.test$"), true},
      {kRooms, absl::StrCat("!", name, "_.*"), false}};
  return appservice;
}

class WatchAtScaleTest : public ::testing::Test {
 protected:
  WatchAtScaleTest() {
    Changes all;
    for (int64_t uid = 1; uid <= kAppserviceCount; ++uid) {
      all.updated.push_back(
          MakeAppservice(uid, uid + 1, absl::StrCat("as", uid)));
    }
    all.revision = kAppserviceCount + 1;
    all.known = {all.revision};
    state_ = RegistryState().After(all);
  }

  // Brings `consumer` from the revision `since` to that of `state_`, as a
  // stream would. The number of bytes that it takes.
  size_t Tell(WatchAssembler& consumer, int64_t since, Snapshot& snapshot) {
    consumer.StartStream();
    size_t bytes = 0;
    for (v1::WatchResponse& message :
         ToWatchMessages(state_->revision(), state_->Since(since), "hs.test",
                         /*with_secrets=*/true)) {
      bytes += message.ByteSizeLong();
      absl::StatusOr<Snapshot> taken = consumer.Take(std::move(message));
      EXPECT_TRUE(taken.ok()) << taken.status();
      if (taken.ok() && *taken != nullptr) snapshot = *std::move(taken);
    }
    return bytes;
  }

  std::shared_ptr<const RegistryState> state_;
};

TEST_F(WatchAtScaleTest, WhoReconnectsIsToldOnlyWhatItHasMissed) {
  WatchAssembler consumer;
  Snapshot first;
  const size_t all_bytes = Tell(consumer, 0, first);
  ASSERT_NE(first, nullptr);
  EXPECT_EQ(first->registration_count(), kAppserviceCount);
  EXPECT_EQ(first->ExclusiveOwner(kUsers, "@_as7777_x:hs.test")->id, "as7777");

  // While it is away: ten change, one goes, one comes.
  Changes missed;
  for (int64_t i = 0; i < 10; ++i) {
    missed.updated.push_back(MakeAppservice(
        1 + i * 1000, first->revision() + 1 + i, absl::StrCat("new", i)));
  }
  missed.updated.push_back(MakeAppservice(
      kAppserviceCount + 1, first->revision() + 11, "additional"));
  missed.revision = first->revision() + 12;
  missed.known = {missed.revision};
  missed.removals = {{.uid = 2, .revision = missed.revision}};
  state_ = state_->After(missed);

  Snapshot second;
  const size_t missed_bytes = Tell(consumer, first->revision(), second);
  ASSERT_NE(second, nullptr);
  EXPECT_EQ(second->revision(), missed.revision);
  EXPECT_LT(missed_bytes, 11 * (all_bytes / kAppserviceCount) * 3 / 2);
  EXPECT_EQ(second->registration_count(), kAppserviceCount);
  EXPECT_EQ(second->FindById("as2"), nullptr);
  EXPECT_EQ(second->ExclusiveOwner(kUsers, "@_new9_x:hs.test")->id, "as9001");
  EXPECT_EQ(second->ExclusiveOwner(kUsers, "@_as9001_x:hs.test"), nullptr);
  EXPECT_EQ(second->ExclusiveOwner(kAliases, "#_additional_x:hs.test")->id,
            absl::StrCat("as", kAppserviceCount + 1));
  // What hasn't changed isn't even copied.
  EXPECT_EQ(second->FindById("as7777"), first->FindById("as7777"));
}

TEST_F(WatchAtScaleTest, SnapshotGoesInMessagesOfBoundedSize) {
  for (const v1::WatchResponse& message :
       ToWatchMessages(state_->revision(), state_->Since(0), "hs.test",
                       /*with_secrets=*/true)) {
    EXPECT_LE(message.ByteSizeLong(), kWatchMessageBytesMax * 5 / 4);
  }
}

}  // namespace
}  // namespace causeway::registry
