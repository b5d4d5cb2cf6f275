#ifndef CAUSEWAY_SERVICES_REGISTRY_REGISTRY_STORE_CONTRACT_H_
#define CAUSEWAY_SERVICES_REGISTRY_REGISTRY_STORE_CONTRACT_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/registry/appservice.h"
#include "services/registry/audit.h"
#include "services/registry/grant.h"
#include "services/registry/pending_request.h"
#include "services/registry/registry_store.h"
#include "services/shared/matrix/token.h"
#include "services/shared/namespaces/namespace_kind.h"

namespace causeway::registry {

// What every RegistryStore does. The parameter makes an empty store and keeps
// whatever it needs.
class RegistryStoreContract
    : public ::testing::TestWithParam<
          std::function<std::shared_ptr<RegistryStore>()>> {
 protected:
  static Grant MakeGrant(const std::string& name) {
    Grant grant;
    grant.name = name;
    grant.as_token_sha256 = matrix::Sha256("token of " + name);
    grant.ceilings = {.users = {"@b\\.\"'.*", "@a.*"},
                      .aliases = {"#\xc3\xa4.*"},
                      .shared_users = {"@c.*"},
                      .shared_rooms = {"!b.*", "!a.*"}};
    grant.allow_broad = true;
    grant.private_networks_allowed = false;
    grant.expire_time = absl::FromUnixMicros(1421416883133003);
    grant.url_prefix = "https://a.test/";
    grant.sender_localpart = "bot";
    grant.create_time = absl::FromUnixMicros(1421416883133001);
    return grant;
  }

  static Appservice MakeAppservice(int64_t uid, const std::string& grant_name,
                                   int64_t revision) {
    using namespaces::NamespaceKind;
    Appservice appservice;
    appservice.uid = uid;
    appservice.grant_name = grant_name;
    const Grant grant = MakeGrant(grant_name);
    appservice.as_token_sha256 = grant.as_token_sha256;
    appservice.private_networks_allowed = grant.private_networks_allowed;
    appservice.expire_time = grant.expire_time;
    appservice.hs_token_sealed = std::string("\0\x01sealed\xff", 9);
    appservice.previous_hs_token_sealed = std::string("\0older", 6);
    appservice.previous_hs_token_until = absl::FromUnixMicros(1421416883133005);
    appservice.revision = revision;
    appservice.create_time = absl::FromUnixMicros(1421416883133002);
    appservice.update_time = absl::FromUnixMicros(1421418084816003);
    Registration& registration = appservice.registration;
    registration.id = "id of " + grant_name;
    registration.url = "https://a.test/" + grant_name;
    registration.sender_localpart = "bot of " + grant_name;
    registration.namespaces = {{NamespaceKind::kUsers, "@b\\.\"'.*", true},
                               {NamespaceKind::kRooms, "!\xc3\xa4.*", false},
                               {NamespaceKind::kUsers, "@a.*", false},
                               {NamespaceKind::kUsers, "@a.*", false}};
    registration.rate_limited = true;
    registration.protocols = {"irc", "\"x\""};
    registration.receive_ephemeral = true;
    registration.dialect = Dialect::kDraft;
    registration.extra_fields_yaml = "org.example:\n  - \"1\"\n";
    return appservice;
  }

  absl::Status InsertGrant(const std::string& name) {
    return store_->Run([&](RegistryStore::Change& change) {
      return change.InsertGrant(MakeGrant(name));
    });
  }

  // Under a new grant of that name, with the next revision.
  absl::StatusOr<Appservice> Insert(const std::string& name) {
    Appservice appservice;
    absl::Status status =
        store_->Run([&](RegistryStore::Change& change) -> absl::Status {
          absl::Status inserted = change.InsertGrant(MakeGrant(name));
          if (!inserted.ok()) return inserted;
          int64_t uid = change.NewUid().value();
          appservice =
              MakeAppservice(uid, name, change.AdvanceRevision().value());
          return change.PutAppservice(appservice);
        });
    if (!status.ok()) return status;
    return appservice;
  }

  static PendingRequest MakePending(const std::string& grant_name) {
    PendingRequest request;
    request.grant_name = grant_name;
    request.wanted = MakeAppservice(0, grant_name, 0).registration;
    request.hs_token_sealed = std::string("\0\x01sealed\xff", 9);
    request.differences = {{"url", "", "https://\"x\""},
                           {"namespaces.users[0]", "@\xc3\xa4", "exceeds"}};
    request.create_time = absl::FromUnixMicros(1421416883133004);
    return request;
  }

  absl::Status PutPending(const PendingRequest& request, int kept_max = 100) {
    return store_->Run([&](RegistryStore::Change& change) {
      return change.PutPendingRequest(request, kept_max);
    });
  }

  absl::Status Remove(int64_t uid) {
    return store_->Run([&](RegistryStore::Change& change) {
      change.AdvanceRevision().value();
      return change.RemoveAppservice(uid);
    });
  }

  std::shared_ptr<RegistryStore> store_ = GetParam()();
};

TEST_P(RegistryStoreContract, BeginsEmptyAtRevisionOne) {
  absl::StatusOr<Changes> changes = store_->ListChanges(0);
  ASSERT_TRUE(changes.ok()) << changes.status();
  EXPECT_EQ(changes->revision, 1);
  EXPECT_TRUE(changes->updated.empty());
  EXPECT_TRUE(changes->removals.empty());
}

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
      ::testing::IsEmpty());
  EXPECT_THAT(store_->ListExpiredInUse(expire_time, 9).value(),
              ::testing::ElementsAre("c", "a", "b"));
  EXPECT_THAT(store_->ListExpiredInUse(expire_time, 1).value(),
              ::testing::ElementsAre("c"));
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
            EXPECT_THAT(changes.updated, ::testing::ElementsAre(appservice));
            return absl::OkStatus();
          })
          .ok());
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

TEST_P(RegistryStoreContract, ListsChangesSinceARevision) {
  Appservice a = Insert("a").value();
  Appservice b = Insert("b").value();
  ASSERT_TRUE(Remove(a.uid).ok());
  absl::StatusOr<Changes> changes = store_->ListChanges(0);
  ASSERT_TRUE(changes.ok()) << changes.status();
  const int64_t last = changes->revision;
  EXPECT_GT(last, b.revision);
  EXPECT_TRUE(changes->whole);
  EXPECT_THAT(changes->known,
              ::testing::ElementsAre(1, a.revision, b.revision, last));
  EXPECT_THAT(changes->updated, ::testing::ElementsAre(b));
  EXPECT_THAT(changes->removals,
              ::testing::ElementsAre(Removal{.uid = a.uid, .revision = last}));

  changes = store_->ListChanges(a.revision);
  EXPECT_FALSE(changes->whole);
  EXPECT_THAT(changes->known, ::testing::ElementsAre(b.revision, last));
  EXPECT_THAT(changes->updated, ::testing::ElementsAre(b));
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
    EXPECT_THAT(changes.known, ::testing::ElementsAre(1, a.revision));
    EXPECT_THAT(changes.updated, ::testing::ElementsAre(a));
  }
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
              ::testing::ElementsAre("B=id of B", "_=id of _", "a=id of a"));
  EXPECT_THAT(grant_names("a", 3), ::testing::ElementsAre("b=id of b"));
  EXPECT_THAT(grant_names("b", 3), ::testing::IsEmpty());

  std::vector<Appservice> page = store_->ListAppservices("id of B", 2).value();
  ASSERT_EQ(page.size(), 2u);
  EXPECT_EQ(page[0].registration.id, "id of _");
  EXPECT_EQ(page[1].registration.id, "id of a");
}

TEST_P(RegistryStoreContract, PendingRequestComesBackAsItWas) {
  ASSERT_TRUE(InsertGrant("irc").ok());
  PendingRequest request = MakePending("irc");
  ASSERT_TRUE(PutPending(request).ok());
  std::vector<PendingRequest> page = store_->ListPendingRequests(0, 9).value();
  ASSERT_EQ(page.size(), 1u);
  EXPECT_GT(page[0].pending_id, 0);
  request.pending_id = page[0].pending_id;
  EXPECT_EQ(page[0], request);
  ASSERT_TRUE(
      store_
          ->Run([&](RegistryStore::Change& change) {
            EXPECT_EQ(change.FindPendingRequest(request.pending_id).value(),
                      request);
            EXPECT_EQ(change.FindPendingRequestByGrant("irc").value(), request);
            EXPECT_EQ(change.FindPendingRequestByGrant("x").value(),
                      std::nullopt);
            EXPECT_TRUE(change.RemovePendingRequest(request.pending_id).ok());
            EXPECT_EQ(change.FindPendingRequest(request.pending_id).value(),
                      std::nullopt);
            return absl::OkStatus();
          })
          .ok());
  EXPECT_THAT(store_->ListPendingRequests(0, 9).value(), ::testing::IsEmpty());
}

TEST_P(RegistryStoreContract, NewerPendingRequestReplacesTheOlder) {
  for (const char* name : {"a", "b"}) {
    ASSERT_TRUE(InsertGrant(name).ok());
    ASSERT_TRUE(PutPending(MakePending(name)).ok());
  }
  const int64_t first = store_->ListPendingRequests(0, 9)->at(0).pending_id;
  PendingRequest newer = MakePending("a");
  newer.wanted.url = "https://new.test";
  ASSERT_TRUE(PutPending(newer).ok());
  std::vector<PendingRequest> page = store_->ListPendingRequests(0, 9).value();
  ASSERT_EQ(page.size(), 2u);
  EXPECT_EQ(page[0].grant_name, "b");
  EXPECT_EQ(page[1].grant_name, "a");
  EXPECT_EQ(page[1].wanted.url, "https://new.test");
  EXPECT_GT(page[1].pending_id, first);
  page = store_->ListPendingRequests(page[0].pending_id, 1).value();
  ASSERT_EQ(page.size(), 1u);
  EXPECT_EQ(page[0].grant_name, "a");
}

TEST_P(RegistryStoreContract, OldestPendingRequestsAreForgotten) {
  for (const char* name : {"a", "b", "c"}) {
    ASSERT_TRUE(InsertGrant(name).ok());
    ASSERT_TRUE(PutPending(MakePending(name), /*kept_max=*/2).ok());
  }
  const std::vector<PendingRequest> page =
      store_->ListPendingRequests(0, 9).value();
  ASSERT_EQ(page.size(), 2u);
  EXPECT_EQ(page[0].grant_name, "b");
}

TEST_P(RegistryStoreContract, PendingRequestGoesWithItsGrant) {
  ASSERT_TRUE(InsertGrant("irc").ok());
  ASSERT_TRUE(PutPending(MakePending("irc")).ok());
  ASSERT_TRUE(store_
                  ->Run([](RegistryStore::Change& change) {
                    return change.DeleteGrant("irc");
                  })
                  .ok());
  EXPECT_THAT(store_->ListPendingRequests(0, 9).value(), ::testing::IsEmpty());
}

TEST_P(RegistryStoreContract, AuditRecordsComeBackNewestFirst) {
  AuditRecord record;
  record.create_time = absl::FromUnixMicros(1421416883133001);
  record.actor = "operator";
  record.action = kCreateGrant;
  record.request_id = "request";
  record.reason = "because";
  record.after_json = R"({"name":"irc","a":[1]})";
  ASSERT_TRUE(store_
                  ->Run([&](RegistryStore::Change& change) {
                    for (int64_t revision : {1, 2, 3}) {
                      record.revision = revision;
                      EXPECT_TRUE(change.AddAuditRecord(record).ok());
                    }
                    return absl::OkStatus();
                  })
                  .ok());
  std::vector<StoredAuditRecord> page = store_->ListAuditRecords(0, 2).value();
  ASSERT_EQ(page.size(), 2u);
  EXPECT_EQ(page[0].record.revision, 3);
  EXPECT_EQ(page[0].record.create_time, record.create_time);
  EXPECT_EQ(page[0].record.actor, "operator");
  EXPECT_EQ(page[0].record.action, "create_grant");
  EXPECT_EQ(page[0].record.request_id, "request");
  EXPECT_EQ(page[0].record.reason, "because");
  EXPECT_EQ(page[0].record.before_json, "");
  EXPECT_THAT(page[0].record.after_json, ::testing::HasSubstr("\"irc\""));
  EXPECT_EQ(page[1].record.revision, 2);
  EXPECT_LT(page[1].record_id, page[0].record_id);
  page = store_->ListAuditRecords(page[1].record_id, 9).value();
  ASSERT_EQ(page.size(), 1u);
  EXPECT_EQ(page[0].record.revision, 1);
}

}  // namespace causeway::registry

#endif  // CAUSEWAY_SERVICES_REGISTRY_REGISTRY_STORE_CONTRACT_H_
