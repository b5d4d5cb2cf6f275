#include "services/registry/postgres_registry_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <pqxx/pqxx>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "services/registry/grant_keeper.h"
#include "services/registry/migrations.h"
#include "services/registry/registrar.h"
#include "services/registry/registry_store.h"
#include "services/registry/registry_store_contract.h"
#include "services/shared/clock/fake_clock.h"
#include "services/shared/matrix/identifiers.h"
#include "services/shared/matrix/token.h"
#include "services/shared/namespaces/namespace_kind.h"
#include "services/shared/postgres/migrations.h"
#include "services/shared/postgres/pool.h"
#include "services/shared/postgres/test_cluster.h"
#include "services/shared/secrets/secret_box.h"

namespace causeway::registry {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// One for all tests of this binary; it takes a second to make.
postgres::TestCluster& Cluster() {
  static postgres::TestCluster cluster;
  return cluster;
}

std::string NewDatabase() {
  std::string conninfo = Cluster().NewDatabase("registry");
  absl::Status migrated = postgres::Migrate(conninfo, "registry", Migrations());
  EXPECT_TRUE(migrated.ok()) << migrated;
  return conninfo;
}

// A replica's way to the database.
struct Replica {
  explicit Replica(const std::string& conninfo)
      : pool(PostgresRegistryStore::PoolOptions(conninfo, 4)), store(pool) {}

  postgres::Pool pool;
  PostgresRegistryStore store;
};

std::shared_ptr<RegistryStore> NewStore() {
  auto replica = std::make_shared<Replica>(NewDatabase());
  RegistryStore* store = &replica->store;
  return std::shared_ptr<RegistryStore>(std::move(replica), store);
}

INSTANTIATE_TEST_SUITE_P(Postgres, RegistryStoreContract,
                         ::testing::Values(NewStore));

class PostgresRegistryStoreTest : public ::testing::Test {
 protected:
  static secrets::SecretBox MakeSecretBox() {
    return secrets::SecretBox::FromKeyHex(std::string(64, 'a')).value();
  }

  absl::Status CreateGrant(RegistryStore& store, const std::string& name) {
    Grant grant;
    grant.name = name;
    grant.as_token_sha256 = matrix::Sha256("token of " + name);
    grant.ceilings.users = {".*"};
    grant.allow_broad = true;
    return MakeGrantKeeper(store).Create(grant, "request").status();
  }

  static absl::StatusOr<Registrar::Registered> Register(
      Registrar& registrar, const std::string& name, const std::string& users) {
    Registrar::Application application;
    application.as_token = "token of " + name;
    application.registration.namespaces = {
        {namespaces::NamespaceKind::kUsers, users, true}};
    return registrar.Register(std::move(application), "request");
  }

  GrantKeeper MakeGrantKeeper(RegistryStore& store) {
    return GrantKeeper(matrix::ServerName::Parse("hs.test").value(), store,
                       clock_);
  }

  Registrar MakeRegistrar(RegistryStore& store) {
    return Registrar(matrix::ServerName::Parse("hs.test").value(), store,
                     secret_box_, clock_);
  }

  const secrets::SecretBox secret_box_ = MakeSecretBox();
  FakeClock clock_;
};

// Goal: of two who want the same IDs at one moment, through different replicas,
// exactly one gets them, whichever it is. Method: many rounds of two threads.
TEST_F(PostgresRegistryStoreTest, OneOfTwoOverlappingRegistrationsWins) {
  const std::string conninfo = NewDatabase();
  Replica one(conninfo);
  Replica two(conninfo);
  Registrar registrar_one = MakeRegistrar(one.store);
  Registrar registrar_two = MakeRegistrar(two.store);
  for (int round = 0; round < 20; ++round) {
    SCOPED_TRACE(round);
    const std::string a = absl::StrCat("a", round);
    const std::string b = absl::StrCat("b", round);
    ASSERT_TRUE(CreateGrant(one.store, a).ok());
    ASSERT_TRUE(CreateGrant(two.store, b).ok());
    absl::Status result_a;
    absl::Status result_b;
    std::thread thread_a([&] {
      result_a = Register(registrar_one, a, absl::StrCat("@r", round, "_.*b"))
                     .status();
    });
    std::thread thread_b([&] {
      result_b = Register(registrar_two, b, absl::StrCat("@r", round, "_a.*"))
                     .status();
    });
    thread_a.join();
    thread_b.join();
    EXPECT_NE(result_a.ok(), result_b.ok()) << result_a << "\n" << result_b;
    EXPECT_EQ((result_a.ok() ? result_b : result_a).code(),
              absl::StatusCode::kAlreadyExists);
  }
  absl::StatusOr<Changes> changes = one.store.ListChanges(0);
  ASSERT_TRUE(changes.ok());
  EXPECT_EQ(changes->known.size(), 21u);  // Refusals take none.
}

TEST_F(PostgresRegistryStoreTest, ReplicasSeeEachOthersChanges) {
  const std::string conninfo = NewDatabase();
  Replica one(conninfo);
  Replica two(conninfo);
  Registrar registrar = MakeRegistrar(one.store);
  ASSERT_TRUE(CreateGrant(one.store, "irc").ok());
  ASSERT_TRUE(Register(registrar, "irc", "@irc_.*").ok());
  EXPECT_EQ(two.store.ListChanges(0)->updated.size(), 1u);
}

// Goal: push_dispatcher, whose queues outlive a restore of the registry, takes
// nobody for somebody else. Method: what a backup from before the registration
// leaves behind, tables and sequence.
TEST_F(PostgresRegistryStoreTest, ARestoredDatabaseGivesNoUidAgain) {
  const std::string conninfo = NewDatabase();
  Replica replica(conninfo);
  ASSERT_TRUE(CreateGrant(replica.store, "irc").ok());
  Registrar before = MakeRegistrar(replica.store);
  const int64_t lost = Register(before, "irc", "@irc_.*")->appservice.uid;
  pqxx::connection connection(conninfo);
  pqxx::work restore(connection);
  restore.exec("DELETE FROM appservices");
  restore.exec("UPDATE revision SET revision = 2");
  restore.exec("ALTER SEQUENCE appservice_uids RESTART");
  restore.commit();
  Registrar after = MakeRegistrar(replica.store);
  EXPECT_GT(Register(after, "irc", "@irc_.*")->appservice.uid, lost);
}

// Goal: what a restore has undone is known for something that never was,
// however much has happened since. Method: a copy of the tables that hold it,
// put back.
TEST_F(PostgresRegistryStoreTest, ARestoredDatabaseGivesNoRevisionAgain) {
  const std::string conninfo = NewDatabase();
  Replica replica(conninfo);
  ASSERT_TRUE(CreateGrant(replica.store, "irc").ok());
  ASSERT_TRUE(CreateGrant(replica.store, "xmpp").ok());
  Registrar registrar = MakeRegistrar(replica.store);
  const int64_t kept = Register(registrar, "irc", "@a.*")->appservice.revision;
  pqxx::connection connection(conninfo);
  pqxx::work back_up(connection);
  back_up.exec(
      "CREATE TABLE revision_then AS TABLE revision;"
      "CREATE TABLE known_then AS TABLE known_revisions");
  back_up.commit();
  const int64_t lost = Register(registrar, "xmpp", "@b.*")->appservice.revision;
  pqxx::work restore(connection);
  restore.exec(
      "DELETE FROM appservices WHERE grant_name = 'xmpp';"
      "UPDATE revision SET revision = (SELECT revision FROM revision_then);"
      "DELETE FROM known_revisions WHERE revision NOT IN"
      " (SELECT revision FROM known_then)");
  restore.commit();

  EXPECT_TRUE(replica.store.ListChanges(lost)->whole);
  const int64_t next = Register(registrar, "irc", "@c.*")->appservice.revision;
  EXPECT_GT(next, lost);
  EXPECT_TRUE(replica.store.ListChanges(lost)->whole);
  EXPECT_FALSE(replica.store.ListChanges(kept)->whole);
  // And the registrar itself has forgotten who never was.
  EXPECT_TRUE(Register(registrar, "xmpp", "@b.*").ok());
}

// Goal: a release that forgets removals by another rule takes nobody in.
// Method: what its changes leave behind.
TEST_F(PostgresRegistryStoreTest, WhatAnOlderReleaseChangedIsToldAsAWhole) {
  const std::string conninfo = NewDatabase();
  Replica replica(conninfo);
  Registrar registrar = MakeRegistrar(replica.store);
  ASSERT_TRUE(CreateGrant(replica.store, "irc").ok());
  const int64_t before =
      Register(registrar, "irc", "@a.*")->appservice.revision;
  pqxx::connection connection(conninfo);
  pqxx::work older(connection);
  older.exec("UPDATE revision SET revision = revision + 1");
  older.commit();
  const Changes changes = replica.store.ListChanges(before).value();
  EXPECT_TRUE(changes.whole);
  EXPECT_EQ(changes.revision, before + 1);
  EXPECT_THAT(changes.known, ::testing::IsEmpty());
  const int64_t after = Register(registrar, "irc", "@b.*")->appservice.revision;
  EXPECT_TRUE(replica.store.ListChanges(before)->whole);
  EXPECT_THAT(replica.store.ListChanges(0)->known,
              ::testing::ElementsAre(after));
}

TEST_F(PostgresRegistryStoreTest, AuditTellsWhoChangedWhatWithoutSecrets) {
  const std::string conninfo = NewDatabase();
  Replica replica(conninfo);
  Registrar registrar = MakeRegistrar(replica.store);
  ASSERT_TRUE(CreateGrant(replica.store, "irc").ok());
  const std::string hs_token = Register(registrar, "irc", "@a.*")->hs_token;
  ASSERT_TRUE(Register(registrar, "irc", "@b.*").ok());
  ASSERT_TRUE(MakeGrantKeeper(replica.store).Delete("irc", "request").ok());

  std::string story;
  ASSERT_TRUE(
      replica.pool
          .Run([&story](pqxx::work& work) {
            for (const pqxx::row& row : work.exec(
                     "SELECT dense_rank() OVER (ORDER BY revision) || ' ' || "
                     "actor || ' ' || action || ' ' "
                     "|| request_id || ' ' || coalesce(before::text, '-') || "
                     "' ' || coalesce(after::text, '-') FROM audit_records "
                     "ORDER BY record_id")) {
              absl::StrAppend(&story, row[0].c_str(), "\n");
            }
            return absl::OkStatus();
          })
          .ok());
  EXPECT_THAT(story, HasSubstr("1 operator create_grant request - {"));
  EXPECT_THAT(story, HasSubstr("2 appservice irc register request - {"));
  EXPECT_THAT(story, HasSubstr("3 appservice irc replace_registration"));
  EXPECT_THAT(story, HasSubstr("4 operator unregister"));
  EXPECT_THAT(story, HasSubstr("4 operator delete_grant"));
  EXPECT_THAT(story, Not(HasSubstr("token of irc")));
  EXPECT_THAT(story, Not(HasSubstr(hs_token)));
}

// Whatever is known of the tables: nothing in the first minute, then how many
// there are.
TEST_F(PostgresRegistryStoreTest, OnlyWhatHasChangedIsReadOfAll) {
  Replica replica(NewDatabase());
  ASSERT_TRUE(replica.store.ListChanges(0).ok());  // Prepares the statement.
  const auto explain = [](pqxx::work& work) {
    std::string plan;
    for (const pqxx::row& row : work.exec("EXPLAIN EXECUTE list_updated (7)")) {
      absl::StrAppend(&plan, row[0].c_str(), "\n");
    }
    EXPECT_THAT(plan, HasSubstr("appservices_by_revision"));
    EXPECT_THAT(plan, Not(HasSubstr("Seq Scan")));
  };
  const absl::Status explained = replica.pool.Run([&](pqxx::work& work) {
    explain(work);
    work.exec0(
        "INSERT INTO grants (name, as_token_sha256, url_prefix, create_time)"
        " SELECT i, sha256(i::text::bytea), '', now()"
        " FROM generate_series(1, 3000) AS i");
    work.exec0(
        "INSERT INTO appservices (uid, id, grant_name, url, hs_token_sealed,"
        "   sender_localpart, rate_limited, protocols, receive_ephemeral,"
        "   dialect, revision, create_time, update_time)"
        " SELECT i, i, i, '', '', i, true, '[]', true, 'v1', i, now(), now()"
        " FROM generate_series(1, 3000) AS i");
    work.exec0("ANALYZE grants, appservices");
    explain(work);
    return absl::OkStatus();
  });
  EXPECT_TRUE(explained.ok()) << explained;
}

TEST_F(PostgresRegistryStoreTest, AuditRecordsOnlyGrow) {
  const std::string conninfo = NewDatabase();
  Replica replica(conninfo);
  ASSERT_TRUE(CreateGrant(replica.store, "irc").ok());
  for (const char* sql :
       {"UPDATE audit_records SET actor = ''", "DELETE FROM audit_records",
        "TRUNCATE audit_records"}) {
    EXPECT_FALSE(replica.pool
                     .Run([sql](pqxx::work& work) {
                       work.exec0(sql);
                       return absl::OkStatus();
                     })
                     .ok())
        << sql;
  }
  EXPECT_EQ(replica.store.ListAuditRecords(0, 9)->size(), 1u);
}

// As the operator's guide says.
TEST_F(PostgresRegistryStoreTest, OnlyASuperuserCanRemoveOldAuditRecords) {
  const std::string conninfo = NewDatabase();
  Replica replica(conninfo);
  ASSERT_TRUE(CreateGrant(replica.store, "irc").ok());
  ASSERT_TRUE(CreateGrant(replica.store, "sms").ok());
  postgres::Pool superuser({.conninfo = Cluster().AdminConninfo(conninfo)});
  const auto remove_first = [](pqxx::work& work) {
    work.exec0("SET LOCAL session_replication_role = replica");
    work.exec0("DELETE FROM registry.audit_records WHERE record_id = 1");
    return absl::OkStatus();
  };
  EXPECT_FALSE(replica.pool.Run(remove_first).ok());
  EXPECT_EQ(replica.store.ListAuditRecords(0, 9)->size(), 2u);
  ASSERT_TRUE(superuser.Run(remove_first).ok());
  const auto left = replica.store.ListAuditRecords(0, 9);
  ASSERT_EQ(left->size(), 1u);
  EXPECT_EQ(left->at(0).record_id, 2);
  // For that transaction alone: even for a superuser it only grows again.
  EXPECT_FALSE(superuser
                   .Run([](pqxx::work& work) {
                     work.exec0("DELETE FROM registry.audit_records");
                     return absl::OkStatus();
                   })
                   .ok());
  ASSERT_TRUE(CreateGrant(replica.store, "sip").ok());
  EXPECT_EQ(replica.store.ListAuditRecords(0, 9)->size(), 2u);
}

TEST_F(PostgresRegistryStoreTest, SaysUnavailableWhileTheDatabaseIsAway) {
  const std::string conninfo = NewDatabase();
  Replica replica(conninfo);
  Registrar registrar = MakeRegistrar(replica.store);
  ASSERT_TRUE(CreateGrant(replica.store, "irc").ok());
  Cluster().Stop();
  EXPECT_TRUE(
      absl::IsUnavailable(Register(registrar, "irc", "@irc_.*").status()));
  EXPECT_TRUE(absl::IsUnavailable(replica.store.ListChanges(0).status()));
  Cluster().Start();
  absl::StatusOr<Registrar::Registered> registered =
      Register(registrar, "irc", "@irc_.*");
  EXPECT_TRUE(registered.ok()) << registered.status();
}

TEST_F(PostgresRegistryStoreTest, SaysUnavailableBeforeItIsMigrated) {
  Replica replica(Cluster().NewDatabase("registry"));
  EXPECT_TRUE(absl::IsUnavailable(replica.store.ListChanges(0).status()));
}

}  // namespace
}  // namespace causeway::registry
