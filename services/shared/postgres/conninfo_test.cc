#include "services/shared/postgres/conninfo.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <postgresql/libpq-fe.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace causeway::postgres {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(CheckedConninfoTest, TakesBothForms) {
  const char* words = "host='/tmp/a b' dbname=causeway user=x";
  EXPECT_EQ(CheckedConninfo(words).value(), words);
  EXPECT_TRUE(CheckedConninfo("postgresql://x@h:5432/causeway").ok());
}

TEST(CheckedConninfoTest, TellsWhatIsWrong) {
  for (const char* conninfo : {"", "causeway", "dbnam=causeway", "host='/tmp",
                               "postgresql://[::1/db"}) {
    SCOPED_TRACE(conninfo);
    const absl::Status status = CheckedConninfo(conninfo).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_FALSE(status.message().empty());
  }
}

std::string FileWith(absl::string_view text) {
  const std::string path =
      absl::StrCat(std::getenv("TEST_TMPDIR"), "/password");
  std::ofstream(path, std::ios::binary) << text;
  return path;
}

// What libpq itself understands.
std::map<std::string, std::string> Understood(const std::string& conninfo) {
  std::map<std::string, std::string> values;
  PQconninfoOption* options = PQconninfoParse(conninfo.c_str(), nullptr);
  if (options == nullptr) return values;
  for (PQconninfoOption* one = options; one->keyword != nullptr; ++one) {
    if (one->val != nullptr) values[one->keyword] = one->val;
  }
  PQconninfoFree(options);
  return values;
}

TEST(WithPasswordFileTest, LibpqUnderstandsWhatTheFileHolds) {
  const std::string password = R"( a'b\c %&?=#/+ä)";
  const std::string file = FileWith(password + "\n");
  for (const char* conninfo :
       {"host=h dbname=d user=u", "postgresql://u@h/d", "postgres://u@h",
        "postgresql://u@h/d?connect_timeout=3"}) {
    SCOPED_TRACE(conninfo);
    std::map<std::string, std::string> wanted = Understood(conninfo);
    wanted["password"] = password;
    EXPECT_EQ(Understood(WithPasswordFile(conninfo, file).value()), wanted);
  }
}

TEST(WithPasswordFileTest, WithoutFileNothingIsAdded) {
  EXPECT_EQ(WithPasswordFile("host=h", "").value(), "host=h");
}

TEST(WithPasswordFileTest, RefusesWhatIsNoPasswordWithoutTellingIt) {
  for (const std::string& text :
       {std::string(), std::string("\n"), std::string("secret\nsecond"),
        std::string("secret\0", 7), std::string(1025, 's')}) {
    const absl::Status status =
        WithPasswordFile("host=h", FileWith(text)).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(status.message()), HasSubstr("/password: "));
    EXPECT_THAT(std::string(status.message()), Not(HasSubstr("secret")));
  }
  EXPECT_EQ(WithPasswordFile("host=h", "/no/such/file").status().code(),
            absl::StatusCode::kNotFound);
  EXPECT_TRUE(
      WithPasswordFile("host=h", FileWith(std::string(1024, 's'))).ok());
}

}  // namespace
}  // namespace causeway::postgres
