#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "services/registry/appservice.h"
#include "services/registry/audit.h"
#include "services/registry/fake_registry_store.h"
#include "services/registry/grant.h"
#include "services/registry/grant_keeper.h"
#include "services/registry/registrar.h"
#include "services/registry/registration.h"
#include "services/shared/clock/fake_clock.h"
#include "services/shared/matrix/identifiers.h"
#include "services/shared/matrix/token.h"
#include "services/shared/namespaces/namespace_kind.h"
#include "services/shared/secrets/secret_box.h"
#include "services/shared/status/errcode.h"

namespace causeway::registry {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class RegistrarTokensTest : public ::testing::Test {
 protected:
  static secrets::SecretBox Box(const std::string& keys_hex) {
    return secrets::SecretBox::FromKeyHex(keys_hex).value();
  }

  // "irc", whose hs_token is T_h.
  void RegisterIrc(const std::string& name = "irc") {
    Grant grant;
    grant.name = name;
    grant.as_token_sha256 = matrix::Sha256("token of " + name);
    grant.ceilings.users = {absl::StrCat("@", name, "_.*")};
    ASSERT_TRUE(grants_.Create(grant, "r").ok());
    ASSERT_TRUE(Register(name, "T_h").ok());
  }

  absl::StatusOr<Registrar::Registered> Register(const std::string& name,
                                                 const std::string& hs_token) {
    Registrar::Application application;
    application.as_token = "token of " + name;
    application.hs_token = hs_token;
    application.registration.namespaces = {{namespaces::NamespaceKind::kUsers,
                                            absl::StrCat("@", name, "_.*"),
                                            true}};
    return registrar_.Register(std::move(application), "r");
  }

  absl::StatusOr<Registrar::Rotated> Rotate(
      const std::string& hs_token, absl::Duration overlap = absl::Hours(1)) {
    return registrar_.RotateHsToken(
        {.appservice_id = "irc", .overlap = overlap, .hs_token = hs_token},
        "r");
  }

  Appservice Irc() { return store_.GetAppservice("irc").value(); }
  std::string Current() {
    return box_.Open(Irc().hs_token_sealed, "1").value();
  }
  std::string Previous() {
    return Irc().previous_hs_token_sealed.empty()
               ? ""
               : box_.Open(Irc().previous_hs_token_sealed, "1").value();
  }

  FakeRegistryStore store_;
  const secrets::SecretBox box_ = Box(std::string(64, 'a'));
  FakeClock clock_;
  const matrix::ServerName server_name_ =
      matrix::ServerName::Parse("hs.test").value();
  GrantKeeper grants_{server_name_, store_, clock_};
  Registrar registrar_{server_name_, store_, box_, clock_};
};

TEST_F(RegistrarTokensTest, RotationKeepsTheOldOneForTheOverlap) {
  RegisterIrc();
  const auto rotated = Rotate("", absl::Hours(2));
  ASSERT_TRUE(rotated.ok()) << rotated.status();
  EXPECT_EQ(rotated->hs_token.size(), 64u);
  EXPECT_EQ(rotated->revision, 3);
  EXPECT_EQ(Current(), rotated->hs_token);
  EXPECT_EQ(Previous(), "T_h");
  EXPECT_EQ(Irc().previous_hs_token_until, clock_.Now() + absl::Hours(2));
  EXPECT_EQ(Irc().revision, 3);
  // Who asks is told the new one, and that is no change.
  const auto again = Register("irc", "").value();
  EXPECT_EQ(again.hs_token, rotated->hs_token);
  EXPECT_EQ(again.outcome, Registrar::Outcome::kUnchanged);
}

TEST_F(RegistrarTokensTest, WithoutOverlapTheOldOneIsGone) {
  RegisterIrc();
  ASSERT_TRUE(Rotate("T_new", absl::Hours(1)).ok());
  ASSERT_TRUE(Rotate("T_newer", absl::ZeroDuration()).ok());
  EXPECT_EQ(Current(), "T_newer");
  EXPECT_EQ(Previous(), "");
}

// Goal: an operator whose first try was lost gets what they wanted by another.
TEST_F(RegistrarTokensTest, RepeatedRotationChangesNothing) {
  RegisterIrc();
  ASSERT_TRUE(Rotate("T_new").ok());
  clock_.AdvanceTime(absl::Minutes(1));
  const auto again = Rotate("T_new");
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->revision, 3);
  EXPECT_EQ(Previous(), "T_h");
}

TEST_F(RegistrarTokensTest, RotationIsOnRecordWithoutTokens) {
  RegisterIrc();
  ASSERT_TRUE(Rotate("T_new").ok());
  const AuditRecord record = store_.audit_records().back();
  EXPECT_EQ(record.action, kRotateHsToken);
  EXPECT_EQ(record.actor, "operator");
  EXPECT_EQ(record.revision, 3);
  EXPECT_THAT(record.after_json, HasSubstr("previous_hs_token_until"));
  for (const std::string& json : {record.before_json, record.after_json}) {
    EXPECT_THAT(json, AllOf(Not(HasSubstr("T_new")), Not(HasSubstr("T_h"))));
  }
}

TEST_F(RegistrarTokensTest, BadRotationIsRefused) {
  RegisterIrc();
  EXPECT_EQ(GetErrcode(Rotate("a b").status()), "M_INVALID_PARAM");
  for (const absl::Duration overlap :
       {-absl::Seconds(1), kTokenOverlapMax + absl::Seconds(1)}) {
    EXPECT_THAT(Rotate("T_new", overlap).status().message(),
                HasSubstr("overlap_seconds"));
  }
  EXPECT_TRUE(
      absl::IsNotFound(registrar_
                           .RotateHsToken({.appservice_id = "x",
                                           .overlap = absl::ZeroDuration(),
                                           .hs_token = ""},
                                          "r")
                           .status()));
}

TEST_F(RegistrarTokensTest, AnotherTokenBroughtByAFileTakesThePlaceOfBoth) {
  RegisterIrc();
  ASSERT_TRUE(Rotate("T_new").ok());
  ASSERT_TRUE(Register("irc", "T_file").ok());
  EXPECT_EQ(Current(), "T_file");
  EXPECT_EQ(Previous(), "");
}

TEST_F(RegistrarTokensTest, ReplacementWithTheSameTokenKeepsTheOverlap) {
  RegisterIrc();
  ASSERT_TRUE(Rotate("T_new").ok());
  Registrar::Application application;
  application.as_token = "token of irc";
  application.registration.url = "https://moved.test";
  ASSERT_TRUE(registrar_.Register(application, "r").ok());
  EXPECT_EQ(Current(), "T_new");
  EXPECT_EQ(Previous(), "T_h");
}

// Goal: a key is changed while everything runs; see secret_box.h.
TEST_F(RegistrarTokensTest, ResealingTakesTheFirstKey) {
  RegisterIrc();
  ASSERT_TRUE(Rotate("T_new").ok());
  EXPECT_TRUE(registrar_.ResealHsTokens("r")->complete);
  EXPECT_EQ(Irc().revision, 3);  // There was nothing to do.
  const std::string new_key(64, 'b');
  const secrets::SecretBox both =
      Box(absl::StrCat(new_key, "\n", std::string(64, 'a')));
  Registrar registrar(server_name_, store_, both, clock_);
  const auto resealed = registrar.ResealHsTokens("r");
  ASSERT_TRUE(resealed.ok()) << resealed.status();
  EXPECT_EQ(resealed->count, 1);
  EXPECT_TRUE(resealed->complete);
  EXPECT_EQ(resealed->revision, 4);
  EXPECT_EQ(Irc().revision, 4);  // Consumers hear of it.
  const AuditRecord record = store_.audit_records().back();
  EXPECT_EQ(record.action, "reseal_hs_tokens");
  EXPECT_EQ(record.actor, "operator");
  EXPECT_EQ(record.revision, 4);
  EXPECT_EQ(record.request_id, "r");
  EXPECT_EQ(record.after_json, R"({"complete":true,"resealed_count":1})");
  const secrets::SecretBox only_new = Box(new_key);
  EXPECT_EQ(only_new.Open(Irc().hs_token_sealed, "1").value(), "T_new");
  EXPECT_EQ(only_new.Open(Irc().previous_hs_token_sealed, "1").value(), "T_h");
  const size_t record_count = store_.audit_records().size();
  EXPECT_EQ(registrar.ResealHsTokens("r")->count, 0);
  EXPECT_EQ(store_.audit_records().size(), record_count);
}

TEST_F(RegistrarTokensTest, ResealingIsDoneInPieces) {
  for (int i = 0; i <= kResealedMax; ++i) RegisterIrc(absl::StrCat("n", i));
  const secrets::SecretBox both =
      Box(absl::StrCat(std::string(64, 'b'), "\n", std::string(64, 'a')));
  Registrar registrar(server_name_, store_, both, clock_);
  const auto first = registrar.ResealHsTokens("r").value();
  EXPECT_EQ(first.count, kResealedMax);
  EXPECT_FALSE(first.complete);
  const auto second = registrar.ResealHsTokens("r").value();
  EXPECT_EQ(second.count, 1);
  EXPECT_TRUE(second.complete);
}

TEST_F(RegistrarTokensTest, KeyThatIsGoneIsNamed) {
  RegisterIrc();
  const secrets::SecretBox other = Box(std::string(64, 'b'));
  Registrar registrar(server_name_, store_, other, clock_);
  const absl::Status status = registrar.ResealHsTokens("r").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(status.message(), HasSubstr(box_.key_id()));
}

}  // namespace
}  // namespace causeway::registry
