#include "services/registry/registration_directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <prometheus/registry.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "services/registry/change_feed.h"
#include "services/registry/fake_registry_store.h"
#include "services/registry/grant_keeper.h"
#include "services/registry/registrar.h"
#include "services/registry/registry_metrics.h"
#include "services/shared/clock/fake_clock.h"
#include "services/shared/matrix/identifiers.h"
#include "services/shared/secrets/secret_box.h"
#include "services/shared/server/metrics.h"

namespace causeway::registry {
namespace {

using ::testing::HasSubstr;

std::string NewDirectory() {
  std::string path = absl::StrCat(::testing::TempDir(), "/filesXXXXXX");
  EXPECT_NE(mkdtemp(path.data()), nullptr);
  return path;
}

std::string File(const std::string& id, const std::string& regex,
                 const std::string& more = "") {
  return absl::StrCat("id: ", id, "\nurl: null\nas_token: as_", id,
                      "\nhs_token: hs_", id, "\nsender_localpart: _", id,
                      "_bot\n"
                      "namespaces:\n  users:\n    - {exclusive: true, regex: '",
                      regex, "'}\n", more);
}

class RegistrationDirectoryTest : public ::testing::Test {
 protected:
  void Write(const std::string& name, const std::string& text) {
    std::ofstream(absl::StrCat(path_, "/", name)) << text;
  }

  bool IsRegistered(const std::string& id) {
    return store_.GetAppservice(id).ok();
  }

  // As the gauges tell.
  void ExpectCounts(int taken, int put_aside, int left_out = 0) {
    const std::string text = server::MetricsText(metrics_registry_);
    for (const auto& [state, count] :
         std::map<std::string, int>{{"taken", taken},
                                    {"put_aside", put_aside},
                                    {"left_out", left_out}}) {
      EXPECT_THAT(text,
                  HasSubstr(absl::StrCat("causeway_registry_files{state=\"",
                                         state, "\"} ", count, "\n")));
    }
  }

  const std::string path_ = NewDirectory();
  FakeRegistryStore store_;
  const secrets::SecretBox secret_box_ =
      secrets::SecretBox::FromKeyHex(std::string(64, 'a')).value();
  FakeClock clock_;
  const matrix::ServerName server_name_ =
      matrix::ServerName::Parse("hs.test").value();
  GrantKeeper grants_{server_name_, store_, clock_};
  Registrar registrar_{server_name_, store_, secret_box_, clock_};
  prometheus::Registry metrics_registry_;
  RegistryMetrics metrics_{metrics_registry_};
  ChangeFeed feed_{{}, store_, metrics_};
  RegistrationDirectory directory_{
      {.path = path_}, grants_, registrar_, feed_, metrics_};
};

TEST_F(RegistrationDirectoryTest, FileIsGrantedAndRegisteredWithItsTokens) {
  Write("irc.yaml", File("irc", "@_irc_.*", "org.example: {a: '1'}\n"));
  Write("notes.txt", File("no", "@_no_.*"));
  directory_.Look();
  ASSERT_TRUE(IsRegistered("irc"));
  EXPECT_FALSE(IsRegistered("no"));
  const Appservice irc = store_.GetAppservice("irc").value();
  EXPECT_EQ(irc.registration.url, "");
  EXPECT_EQ(irc.registration.sender_localpart, "_irc_bot");
  EXPECT_EQ(irc.registration.extra_fields_yaml, "org.example:\n  a: \"1\"\n");
  EXPECT_EQ(secret_box_.Open(irc.hs_token_sealed, "1").value(), "hs_irc");
  EXPECT_EQ(store_.GetGrant("irc")->grant.ceilings.users.at(0), "@_irc_.*");
  ExpectCounts(1, 0);
}

TEST_F(RegistrationDirectoryTest, BadFilesArePutAsideAndTheOthersGoOn) {
  Write("1.yaml", "id: [unclosed\n");
  Write("2.yaml", File("regex", "@_regex_("));
  Write("3.yaml", File("broad", "@.*"));
  Write("4.yml", File("irc", "@_irc_.*"));
  Write("5.yaml", File("late", "@_irc_b.*"));
  directory_.Look();
  EXPECT_TRUE(IsRegistered("irc"));
  for (const char* id : {"regex", "broad", "late"}) {
    EXPECT_FALSE(IsRegistered(id)) << id;
  }
  ExpectCounts(1, 4);
}

TEST_F(RegistrationDirectoryTest, WhatHasNotChangedIsLeftAlone) {
  Write("irc.yaml", File("irc", "@_irc_.*"));
  directory_.Look();
  ASSERT_TRUE(registrar_.UnregisterById("irc", "r").ok());
  directory_.Look();
  EXPECT_FALSE(IsRegistered("irc"));
}

TEST_F(RegistrationDirectoryTest, ChangedFileIsTakenAnew) {
  Write("irc.yaml", "id: [unclosed\n");
  directory_.Look();
  ExpectCounts(0, 1);
  Write("irc.yaml", File("irc", "@_irc_.*"));
  directory_.Look();
  ASSERT_TRUE(IsRegistered("irc"));
  ExpectCounts(1, 0);
  Write("irc.yaml", File("irc", "@_irc_b.*", "protocols: [irc]\n"));
  directory_.Look();
  EXPECT_EQ(store_.GetAppservice("irc")->registration.namespaces[0].regex,
            "@_irc_b.*");
  ExpectCounts(1, 0);
}

TEST_F(RegistrationDirectoryTest, FileBeyondItsGrantWaitsForAnOperator) {
  Write("irc.yaml", File("irc", "@_irc_b.*"));
  directory_.Look();
  Write("irc.yaml", File("irc", "@_irc_.*"));
  directory_.Look();
  EXPECT_EQ(store_.GetAppservice("irc")->registration.namespaces[0].regex,
            "@_irc_b.*");
  EXPECT_EQ(store_.ListPendingRequests(0, 9)->size(), 1u);
  ExpectCounts(0, 1);
}

TEST_F(RegistrationDirectoryTest, FileThatIsGoneLeavesItsRegistration) {
  Write("irc.yaml", File("irc", "@_irc_.*"));
  directory_.Look();
  std::filesystem::remove(absl::StrCat(path_, "/irc.yaml"));
  directory_.Look();
  EXPECT_TRUE(IsRegistered("irc"));
  ExpectCounts(0, 0);
}

TEST_F(RegistrationDirectoryTest, FilesBeyondTheLimitAreLeftOutAndCounted) {
  RegistrationDirectory directory({.path = path_, .files_max = 2}, grants_,
                                  registrar_, feed_, metrics_);
  for (const char* id : {"d", "b", "a", "c"}) {
    Write(absl::StrCat(id, ".yaml"), File(id, absl::StrCat("@_", id, "_.*")));
  }
  directory.Look();
  EXPECT_TRUE(IsRegistered("a"));
  EXPECT_TRUE(IsRegistered("b"));
  EXPECT_FALSE(IsRegistered("c"));
  ExpectCounts(2, 0, 2);
  std::filesystem::remove(absl::StrCat(path_, "/a.yaml"));
  directory.Look();
  EXPECT_TRUE(IsRegistered("c"));
  ExpectCounts(2, 0, 1);
}

TEST_F(RegistrationDirectoryTest, DatabaseThatIsAwayIsNothingAgainstTheFile) {
  Write("irc.yaml", File("irc", "@_irc_.*"));
  store_.SetFailure(absl::UnavailableError("away"));
  directory_.Look();
  store_.SetFailure(absl::OkStatus());
  directory_.Look();
  EXPECT_TRUE(IsRegistered("irc"));
}

TEST_F(RegistrationDirectoryTest, DirectoryMayComeLater) {
  RegistrationDirectory directory({.path = absl::StrCat(path_, "/later")},
                                  grants_, registrar_, feed_, metrics_);
  directory.Look();
  std::filesystem::create_directory(absl::StrCat(path_, "/later"));
  Write("later/irc.yaml", File("irc", "@_irc_.*"));
  directory.Look();
  EXPECT_TRUE(IsRegistered("irc"));
}

}  // namespace
}  // namespace causeway::registry
