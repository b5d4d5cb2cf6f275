// What every RegistryStore does with changes: as a whole or not at all, and
// told by revision.

#include <gmock/gmock.h>

#include <cstdint>
#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/registry/appservice.h"
#include "services/registry/registry_store.h"
#include "services/registry/registry_store_contract.h"
#include "services/shared/matrix/token.h"

namespace causeway::registry {
namespace {

using ::testing::ElementsAre;

TEST_P(RegistryStoreContract, BeginsEmptyAtRevisionOne) {
  absl::StatusOr<Changes> changes = store_->ListChanges(0);
  ASSERT_TRUE(changes.ok()) << changes.status();
  EXPECT_EQ(changes->revision, 1);
  EXPECT_TRUE(changes->updated.empty());
  EXPECT_TRUE(changes->removals.empty());
}

TEST_P(RegistryStoreContract, FailedChangeLeavesNothing) {
  absl::Status status = store_->Run([&](RegistryStore::Change& change) {
    EXPECT_TRUE(change.InsertGrant(MakeGrant("irc")).ok());
    EXPECT_GT(change.AdvanceRevision().value(), 1);
    return absl::PermissionDeniedError("no");
  });
  EXPECT_EQ(status.code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(status.message(), "no");
  EXPECT_TRUE(absl::IsNotFound(store_->GetGrant("irc").status()));
  EXPECT_EQ(store_->ListChanges(0)->revision, 1);
}

TEST_P(RegistryStoreContract, ChangeSeesWhatItDid) {
  ASSERT_TRUE(
      store_
          ->Run([&](RegistryStore::Change& change) {
            EXPECT_EQ(change.FindGrant("irc").value(), std::nullopt);
            EXPECT_TRUE(change.InsertGrant(MakeGrant("irc")).ok());
            EXPECT_TRUE(change.FindGrant("irc").value().has_value());
            EXPECT_TRUE(change.FindGrantByToken(matrix::Sha256("token of irc"))
                            .value()
                            .has_value());
            EXPECT_EQ(change.FindAppservice("id of irc").value(), std::nullopt);
            EXPECT_EQ(change.FindAppserviceByGrant("irc").value(),
                      std::nullopt);
            EXPECT_EQ(change.revision(), 1);
            const int64_t revision = change.AdvanceRevision().value();
            EXPECT_GT(revision, 1);
            EXPECT_EQ(change.revision(), revision);
            Appservice appservice =
                MakeAppservice(change.NewUid().value(), "irc", revision);
            EXPECT_TRUE(change.PutAppservice(appservice).ok());
            EXPECT_EQ(change.FindAppservice("id of irc").value(), appservice);
            EXPECT_EQ(change.FindAppserviceByGrant("irc").value(), appservice);
            const Changes changes = change.ListChanges(1).value();
            EXPECT_EQ(changes.revision, revision);
            EXPECT_THAT(changes.updated, ElementsAre(appservice));
            return absl::OkStatus();
          })
          .ok());
}

TEST_P(RegistryStoreContract, ListsChangesSinceARevision) {
  Appservice a = Insert("a").value();
  Appservice b = Insert("b").value();
  ASSERT_TRUE(Remove(a.uid).ok());
  absl::StatusOr<Changes> changes = store_->ListChanges(0);
  ASSERT_TRUE(changes.ok()) << changes.status();
  const int64_t last = changes->revision;
  EXPECT_GT(last, b.revision);
  EXPECT_TRUE(changes->whole);
  EXPECT_THAT(changes->known, ElementsAre(1, a.revision, b.revision, last));
  EXPECT_THAT(changes->updated, ElementsAre(b));
  EXPECT_THAT(changes->removals,
              ElementsAre(Removal{.uid = a.uid, .revision = last}));

  changes = store_->ListChanges(a.revision);
  EXPECT_FALSE(changes->whole);
  EXPECT_THAT(changes->known, ElementsAre(b.revision, last));
  EXPECT_THAT(changes->updated, ElementsAre(b));
  EXPECT_EQ(changes->removals.size(), 1u);

  changes = store_->ListChanges(b.revision);
  EXPECT_TRUE(changes->updated.empty());
  EXPECT_EQ(changes->removals.size(), 1u);

  changes = store_->ListChanges(last);
  EXPECT_EQ(changes->revision, last);
  EXPECT_FALSE(changes->whole);
  EXPECT_TRUE(changes->updated.empty());
  EXPECT_TRUE(changes->removals.empty());
}

// As after a restore of the database from a backup: it was another's, or is
// later than any.
TEST_P(RegistryStoreContract, ListsEverythingSinceAnUnknownRevision) {
  Appservice a = Insert("a").value();
  for (int64_t unknown : {a.revision - 1, a.revision + 1}) {
    if (unknown == 1) continue;  // Dense, as a fake's may be.
    const Changes changes = store_->ListChanges(unknown).value();
    EXPECT_TRUE(changes.whole);
    EXPECT_EQ(changes.revision, a.revision);
    EXPECT_THAT(changes.known, ElementsAre(1, a.revision));
    EXPECT_THAT(changes.updated, ElementsAre(a));
  }
}

}  // namespace
}  // namespace causeway::registry
