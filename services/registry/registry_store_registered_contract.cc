// What every RegistryStore does with grants and what is registered under them.

#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/registry/appservice.h"
#include "services/registry/grant.h"
#include "services/registry/registration.h"
#include "services/registry/registry_store.h"
#include "services/registry/registry_store_contract.h"
#include "services/shared/matrix/token.h"

namespace causeway::registry {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST_P(RegistryStoreContract, GrantComesBackAsItWas) {
  ASSERT_TRUE(InsertGrant("irc").ok());
  absl::StatusOr<GrantInUse> grant = store_->GetGrant("irc");
  ASSERT_TRUE(grant.ok()) << grant.status();
  EXPECT_TRUE(grant->grant == MakeGrant("irc"));
  EXPECT_EQ(grant->appservice_id, "");
  absl::StatusOr<Grant> by_token =
      store_->GetGrantByToken(matrix::Sha256("token of irc"));
  ASSERT_TRUE(by_token.ok()) << by_token.status();
  EXPECT_EQ(by_token->name, "irc");
}

TEST_P(RegistryStoreContract, GrantIsReplacedButForItsNameTokenAndAge) {
  Appservice appservice = Insert("irc").value();
  Grant grant = MakeGrant("irc");
  grant.ceilings = {.rooms = {"!x"}, .shared_aliases = {"#y"}};
  grant.url_prefix = "https://b.test/";
  grant.sender_localpart = "boss";
  grant.allow_broad = false;
  grant.private_networks_allowed = true;
  grant.expire_time = absl::InfiniteFuture();
  Grant replacement = grant;
  replacement.as_token_sha256 = matrix::Sha256("another");
  replacement.create_time += absl::Seconds(1);
  ASSERT_TRUE(store_
                  ->Run([&](RegistryStore::Change& change) {
                    return change.ReplaceGrant(replacement);
                  })
                  .ok());
  EXPECT_TRUE(store_->GetGrant("irc")->grant == grant);
  // What an application service has of its grant is what that is now.
  appservice.private_networks_allowed = true;
  appservice.expire_time = absl::InfiniteFuture();
  EXPECT_EQ(store_->GetAppservice("id of irc").value(), appservice);
}

TEST_P(RegistryStoreContract, ListsExpiredGrantsThatAreInUse) {
  const absl::Time expire_time = MakeGrant("").expire_time;
  ASSERT_TRUE(Insert("b").ok());
  ASSERT_TRUE(Insert("a").ok());
  ASSERT_TRUE(Insert("c").ok());
  ASSERT_TRUE(InsertGrant("unused").ok());
  ASSERT_TRUE(store_
                  ->Run([&](RegistryStore::Change& change) {
                    Grant first = MakeGrant("c");
                    first.expire_time -= absl::Microseconds(1);
                    return change.ReplaceGrant(first);
                  })
                  .ok());
  EXPECT_THAT(
      store_->ListExpiredInUse(expire_time - absl::Microseconds(2), 9).value(),
      IsEmpty());
  EXPECT_THAT(store_->ListExpiredInUse(expire_time, 9).value(),
              ElementsAre("c", "a", "b"));
  EXPECT_THAT(store_->ListExpiredInUse(expire_time, 1).value(),
              ElementsAre("c"));
}

TEST_P(RegistryStoreContract, AppserviceComesBackAsItWas) {
  absl::StatusOr<Appservice> inserted = Insert("irc");
  ASSERT_TRUE(inserted.ok()) << inserted.status();
  absl::StatusOr<Appservice> appservice = store_->GetAppservice("id of irc");
  ASSERT_TRUE(appservice.ok()) << appservice.status();
  EXPECT_EQ(*appservice, *inserted);
  appservice = store_->GetAppserviceByToken(matrix::Sha256("token of irc"));
  ASSERT_TRUE(appservice.ok()) << appservice.status();
  EXPECT_EQ(*appservice, *inserted);
  EXPECT_EQ(store_->GetGrant("irc")->appservice_id, "id of irc");
}

TEST_P(RegistryStoreContract, WhatIsNotThereIsNotFound) {
  EXPECT_TRUE(absl::IsNotFound(store_->GetGrant("irc").status()));
  EXPECT_TRUE(
      absl::IsNotFound(store_->GetGrantByToken(matrix::Sha256("x")).status()));
  EXPECT_TRUE(absl::IsNotFound(store_->GetAppservice("irc").status()));
  EXPECT_TRUE(absl::IsNotFound(
      store_->GetAppserviceByToken(matrix::Sha256("x")).status()));
}

TEST_P(RegistryStoreContract, PutReplacesByUid) {
  Appservice appservice = Insert("irc").value();
  appservice.registration.id = "renamed";
  appservice.registration.url = "";
  appservice.registration.namespaces.pop_back();
  appservice.registration.dialect = Dialect::kV1;
  appservice.previous_hs_token_sealed = "";
  appservice.previous_hs_token_until = absl::InfinitePast();
  appservice.revision = 3;
  ASSERT_TRUE(store_
                  ->Run([&](RegistryStore::Change& change) {
                    return change.PutAppservice(appservice);
                  })
                  .ok());
  EXPECT_TRUE(absl::IsNotFound(store_->GetAppservice("id of irc").status()));
  EXPECT_EQ(store_->GetAppservice("renamed").value(), appservice);
}

TEST_P(RegistryStoreContract, NamesAreUnique) {
  ASSERT_TRUE(Insert("irc").ok());
  EXPECT_TRUE(absl::IsAlreadyExists(InsertGrant("irc")));
  absl::Status status =
      store_->Run([&](RegistryStore::Change& change) -> absl::Status {
        absl::Status inserted = change.InsertGrant(MakeGrant("other"));
        if (!inserted.ok()) return inserted;
        Appservice same_id =
            MakeAppservice(change.NewUid().value(), "other", 2);
        same_id.registration.id = "id of irc";
        return change.PutAppservice(same_id);
      });
  EXPECT_TRUE(absl::IsAlreadyExists(status)) << status;
  EXPECT_TRUE(absl::IsNotFound(store_->GetGrant("other").status()));
}

TEST_P(RegistryStoreContract, UidsAreNeverGivenTwice) {
  Appservice first = Insert("irc").value();
  ASSERT_TRUE(Remove(first.uid).ok());
  ASSERT_TRUE(store_
                  ->Run([](RegistryStore::Change& change) {
                    return change.DeleteGrant("irc");
                  })
                  .ok());
  EXPECT_TRUE(absl::IsNotFound(store_->GetGrant("irc").status()));
  Appservice second = Insert("irc").value();
  EXPECT_GT(second.uid, first.uid);
}

TEST_P(RegistryStoreContract, PagesAreInBytewiseOrder) {
  for (const char* name : {"b", "B", "a", "_"}) {
    ASSERT_TRUE(Insert(name).ok());
  }
  auto grant_names = [this](const std::string& after, int count_max) {
    std::vector<GrantInUse> page = store_->ListGrants(after, count_max).value();
    std::vector<std::string> names;
    for (const GrantInUse& grant : page) {
      names.push_back(grant.grant.name + "=" + grant.appservice_id);
    }
    return names;
  };
  EXPECT_THAT(grant_names("", 3),
              ElementsAre("B=id of B", "_=id of _", "a=id of a"));
  EXPECT_THAT(grant_names("a", 3), ElementsAre("b=id of b"));
  EXPECT_THAT(grant_names("b", 3), IsEmpty());

  std::vector<Appservice> page = store_->ListAppservices("id of B", 2).value();
  ASSERT_EQ(page.size(), 2u);
  EXPECT_EQ(page[0].registration.id, "id of _");
  EXPECT_EQ(page[1].registration.id, "id of a");
}

}  // namespace
}  // namespace causeway::registry
