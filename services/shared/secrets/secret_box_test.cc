#include "services/shared/secrets/secret_box.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <fstream>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace causeway::secrets {
namespace {

using testing::HasSubstr;

constexpr char kKeyHex[] =
    "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
constexpr char kOtherKeyHex[] =
    "ff0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

SecretBox Box(absl::string_view key_hex = kKeyHex) {
  return SecretBox::FromKeyHex(key_hex).value();
}

std::string WriteFile(absl::string_view name, absl::string_view text) {
  std::string path = absl::StrCat(testing::TempDir(), "/", name);
  std::ofstream(path, std::ios::binary) << std::string(text);
  return path;
}

TEST(SecretBoxTest, OpensWhatItSealed) {
  for (const std::string& secret :
       {std::string(), std::string("T_h"), std::string("a\0b", 3),
        std::string(kSecretBytesMax, 'x')}) {
    std::string sealed = Box().Seal(secret, "uid-1");
    EXPECT_EQ(Box().Open(sealed, "uid-1").value(), secret);
    EXPECT_EQ(sealed.size(), secret.size() + 33);
  }
}

TEST(SecretBoxTest, AssociatedDataMayBeEmpty) {
  std::string sealed = Box().Seal("T_h", absl::string_view());
  EXPECT_EQ(Box().Open(sealed, absl::string_view()).value(), "T_h");
}

TEST(SecretBoxTest, SealsDifferEachTime) {
  EXPECT_NE(Box().Seal("T_h", "uid"), Box().Seal("T_h", "uid"));
}

// Goal: what a release has stored, the next can open. The bytes were made
// apart from this code, by the format in secret_box.h.
TEST(SecretBoxTest, FormatIsFixed) {
  const std::string sealed = absl::HexStringToBytes(
      "01630dcd29000102030405060708090a0b135dbe2db53c12237d8fe85f516a2430bb09"
      "76");
  EXPECT_EQ(Box().Open(sealed, "uid-1").value(), "T_h");
}

TEST(SecretBoxTest, BelongsToItsOwner) {
  std::string sealed = Box().Seal("T_h", "uid-1");
  EXPECT_EQ(Box().Open(sealed, "uid-2").status().code(),
            absl::StatusCode::kDataLoss);
}

TEST(SecretBoxTest, EveryChangedByteIsNoticed) {
  const std::string sealed = Box().Seal("T_h", "uid");
  for (size_t i = 0; i < sealed.size(); ++i) {
    SCOPED_TRACE(i);
    std::string changed = sealed;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_FALSE(Box().Open(changed, "uid").ok());
    EXPECT_EQ(Box().Open(sealed.substr(0, i), "uid").status().code(),
              absl::StatusCode::kDataLoss);
  }
  EXPECT_FALSE(Box().Open(sealed + "x", "uid").ok());
}

TEST(SecretBoxTest, OtherKeyIsNamed) {
  std::string sealed = Box().Seal("T_h", "uid");
  absl::Status status = Box(kOtherKeyHex).Open(sealed, "uid").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(
      std::string(status.message()),
      absl::StrCat("the secret was sealed with key ", Box().key_id(),
                   ", this process holds key ", Box(kOtherKeyHex).key_id()));
}

// Goal: a key is changed without a moment in which somebody can't open.
TEST(SecretBoxTest, FirstKeySealsAndAllOpen) {
  const SecretBox both = Box(absl::StrCat(kOtherKeyHex, "\n", kKeyHex, "\n"));
  EXPECT_EQ(both.key_id(), Box(kOtherKeyHex).key_id());
  const std::string old_seal = Box().Seal("T_h", "uid");
  EXPECT_EQ(both.Open(old_seal, "uid").value(), "T_h");
  EXPECT_FALSE(both.IsNewest(old_seal));
  const std::string new_seal = both.Seal("T_h", "uid");
  EXPECT_TRUE(both.IsNewest(new_seal));
  EXPECT_EQ(Box(kOtherKeyHex).Open(new_seal, "uid").value(), "T_h");
  EXPECT_FALSE(Box().Open(new_seal, "uid").ok());
}

TEST(SecretBoxTest, EachKeyOfAFileIsChecked) {
  EXPECT_THAT(std::string(SecretBox::FromKeyHex(absl::StrCat(kKeyHex, "\nab"))
                              .status()
                              .message()),
              HasSubstr("key 2: expected 64 hex digits, got 2"));
  std::string many;
  for (size_t i = 0; i <= kKeysMax; ++i) absl::StrAppend(&many, kKeyHex, "\n");
  EXPECT_THAT(std::string(SecretBox::FromKeyHex(many).status().message()),
              HasSubstr("more than 10 keys"));
}

TEST(SecretBoxTest, KeyIdIsTheBeginningOfItsHash) {
  EXPECT_EQ(Box().key_id(), "630dcd29");
}

TEST(SecretBoxTest, KeyFileMayEndInANewline) {
  std::string path = WriteFile("good", absl::StrCat(kKeyHex, "\n"));
  EXPECT_EQ(SecretBox::FromKeyFile(path)->key_id(), Box().key_id());
  path = WriteFile("upper", absl::AsciiStrToUpper(kKeyHex));
  EXPECT_EQ(SecretBox::FromKeyFile(path)->key_id(), Box().key_id());
}

TEST(SecretBoxTest, MissingKeyFileIsNamed) {
  absl::Status status =
      SecretBox::FromKeyFile(absl::StrCat(testing::TempDir(), "/none"))
          .status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(status.message()), HasSubstr("/none"));
}

TEST(SecretBoxTest, SaysThatNoKeyFileIsGiven) {
  const absl::Status status = SecretBox::FromKeyFile("").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(status.message(), "no key file is given");
}

struct BadKeyCase {
  std::string name;
  std::string text;
  std::string message;
};

class BadKeyFileTest : public testing::TestWithParam<BadKeyCase> {};

TEST_P(BadKeyFileTest, SaysWhatIsWrong) {
  std::string path = WriteFile(GetParam().name, GetParam().text);
  absl::Status status = SecretBox::FromKeyFile(path).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(std::string(status.message()),
            absl::StrCat("key file ", path, ": expected 64 hex digits, got ",
                         GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(All, BadKeyFileTest,
                         testing::ValuesIn<BadKeyCase>({
                             {"Empty", "", "0 characters"},
                             {"Short", "abcd\n", "4 characters"},
                             {"Long", absl::StrCat(kKeyHex, "00"),
                              "66 characters"},
                             {"NotHex", std::string(64, 'z'),
                              "64 characters, not all of them hex digits"},
                         }),
                         [](const auto& info) { return info.param.name; });

TEST(SecretBoxTest, KeyFileIsShort) {
  const std::string path = WriteFile("OtherFile", std::string(100000, 'a'));
  const absl::Status status = SecretBox::FromKeyFile(path).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(std::string(status.message()),
            absl::StrCat(path, " has more than 1024 bytes"));
}

}  // namespace
}  // namespace causeway::secrets
