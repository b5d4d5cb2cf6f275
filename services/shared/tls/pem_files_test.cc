#include "services/shared/tls/pem_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "services/shared/tls/test_authority.h"

namespace causeway::tls {
namespace {

using ::testing::HasSubstr;

class PemFilesTest : public ::testing::Test {
 protected:
  static void ExpectRefused(const absl::Status& status,
                            const std::string& path) {
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(status.message()), HasSubstr(path));
  }

  const TestAuthority authority_{"authority"};
  const Identity::Files registry_ = authority_.Sign("causeway-registry");
};

TEST_F(PemFilesTest, TakesAPair) {
  EXPECT_TRUE(CheckPair(registry_.certificate, registry_.key).ok());
  EXPECT_TRUE(CheckCertificate(registry_.ca).ok());
}

TEST_F(PemFilesTest, RefusesTheKeyOfAnother) {
  const Identity::Files other = authority_.Sign("causeway-gateway");
  ExpectRefused(CheckPair(registry_.certificate, other.key), other.key);
}

TEST_F(PemFilesTest, RefusesWhatIsNotThere) {
  ExpectRefused(CheckPair("/nonexistent", registry_.key), "/nonexistent");
  ExpectRefused(CheckPair(registry_.certificate, "/nonexistent"),
                "/nonexistent");
  ExpectRefused(CheckCertificate(""), "can't be read");
}

TEST_F(PemFilesTest, RefusesWhatIsNoPem) {
  const std::string path = ::testing::TempDir() + "/empty.pem";
  std::ofstream(path) << "nothing\n";
  ExpectRefused(CheckCertificate(path), path);
  ExpectRefused(CheckPair(registry_.certificate, path), path);
}

TEST_F(PemFilesTest, NameIsAnAlternativeNameAndNotTheSubject) {
  EXPECT_TRUE(CheckName(registry_.certificate, "causeway-registry").ok());
  ExpectRefused(CheckName(registry_.certificate, "causeway-gateway"),
                "causeway-gateway");
  ExpectRefused(CheckName(registry_.ca, "nobody"), registry_.ca);
}

TEST_F(PemFilesTest, TellsWhenItExpires) {
  const absl::StatusOr<absl::Time> expiry = ExpiryTime(registry_.certificate);
  ASSERT_TRUE(expiry.ok()) << expiry.status();
  const absl::Duration left = *expiry - absl::Now();
  EXPECT_GT(left, absl::Hours(24 * 29));
  EXPECT_LE(left, absl::Hours(24 * 30));
}

}  // namespace
}  // namespace causeway::tls
