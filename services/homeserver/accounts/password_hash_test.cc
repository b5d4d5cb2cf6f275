#include "services/homeserver/accounts/password_hash.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace causeway::homeserver {
namespace {

using ::testing::StartsWith;

constexpr ScryptCost kCheap{.n_log2 = 4, .r = 8, .p = 1};

TEST(PasswordHashTest, OnlyTheRightPasswordVerifies) {
  std::string hash = HashPassword("correct horse", kCheap);
  EXPECT_THAT(hash, StartsWith("$scrypt$ln=4,r=8,p=1$"));
  EXPECT_TRUE(VerifyPassword("correct horse", hash));
  EXPECT_FALSE(VerifyPassword("correct horsf", hash));
  EXPECT_FALSE(VerifyPassword("", hash));
}

TEST(PasswordHashTest, SamePasswordHashesDifferently) {
  EXPECT_NE(HashPassword("x", kCheap), HashPassword("x", kCheap));
}

TEST(PasswordHashTest, DefaultCostIsTheOneThatPeopleGet) {
  std::string hash = HashPassword("x");
  EXPECT_THAT(hash, StartsWith("$scrypt$ln=15,r=8,p=1$"));
  EXPECT_TRUE(VerifyPassword("x", hash));
}

// Source: https://www.rfc-editor.org/rfc/rfc7914#section-12, first 32 bytes of
// its second vector: scrypt("password", "NaCl", N=1024, r=8, p=16).
TEST(PasswordHashTest, IsTheScryptOfTheRfc) {
  EXPECT_TRUE(VerifyPassword(
      "password",
      "$scrypt$ln=10,r=8,p=16$4e61436c$"
      "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162"));
}

TEST(PasswordHashTest, WhatIsNoHashNeverVerifies) {
  std::string good = HashPassword("x", kCheap);
  for (absl::string_view bad :
       {"", "x", "$scrypt$", "$argon2$ln=4,r=8,p=1$00$00",
        "$scrypt$ln=4,r=8$00$00", "$scrypt$ln=99,r=8,p=1$00$00",
        "$scrypt$ln=4,r=8,p=1$00$"}) {
    SCOPED_TRACE(std::string(bad));
    EXPECT_FALSE(VerifyPassword("x", bad));
    EXPECT_FALSE(VerifyPassword("", bad));
  }
  EXPECT_FALSE(VerifyPassword("x", absl::StrCat(good, "$")));
}

}  // namespace
}  // namespace causeway::homeserver
