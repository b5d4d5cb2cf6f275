#include "services/shared/server/checked_flags.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/reflection.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

ABSL_FLAG(int, tries_max, 3, "1 to 10.");
ABSL_FLAG(std::string, shade, "green", "What colour.");

namespace causeway::server {
namespace {

absl::StatusOr<size_t> LengthOfGreen(const std::string& text) {
  if (text != "green") return absl::InvalidArgumentError("is not green");
  return text.size();
}

TEST(CheckedFlagsTest, BothBoundsAreAllowed) {
  const absl::FlagSaver saver;
  absl::SetFlag(&FLAGS_tries_max, 1);
  EXPECT_EQ(InRange(FLAGS_tries_max, 1, 10), 1);
  absl::SetFlag(&FLAGS_tries_max, 10);
  EXPECT_EQ(InRange(FLAGS_tries_max, 1, 10), 10);
  EXPECT_EQ(MillisecondsInRange(FLAGS_tries_max, 1, 10),
            absl::Milliseconds(10));
}

TEST(CheckedFlagsTest, ParsedIsWhatTheParserMakesOfIt) {
  EXPECT_EQ(Parsed(FLAGS_shade, LengthOfGreen), 5);
}

TEST(CheckedFlagsTest, AddressesAndFilesAreAsTheyWereGiven) {
  const absl::FlagSaver saver;
  absl::SetFlag(&FLAGS_shade, "registry:7101");
  EXPECT_EQ(PeerAddress(FLAGS_shade), "registry:7101");
  absl::SetFlag(&FLAGS_shade, "push-1:7103,push-2:7103");
  EXPECT_EQ(PeerAddresses(FLAGS_shade),
            (std::vector<std::string>{"push-1:7103", "push-2:7103"}));
  for (const char* path : {"", "/dev/null"}) {
    absl::SetFlag(&FLAGS_shade, path);
    EXPECT_EQ(ReadableFile(FLAGS_shade), path);
  }
  for (const char* path : {"", "/dev"}) {
    absl::SetFlag(&FLAGS_shade, path);
    EXPECT_EQ(Directory(FLAGS_shade), path);
  }
}

struct RefusedCase {
  std::string name;
  std::function<void()> read;
  std::string told;
};

class CheckedFlagsDeathTest : public ::testing::TestWithParam<RefusedCase> {};

TEST_P(CheckedFlagsDeathTest, EndsTheProcess) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(GetParam().read(), ::testing::ExitedWithCode(2), GetParam().told);
}

INSTANTIATE_TEST_SUITE_P(
    All, CheckedFlagsDeathTest,
    ::testing::Values(
        RefusedCase{"TooLittle", [] { InRange(FLAGS_tries_max, 4, 10); },
                    "^--tries_max: 3 is not from 4 to 10"},
        RefusedCase{"TooMuch",
                    [] { MillisecondsInRange(FLAGS_tries_max, 0, 2); },
                    "^--tries_max: 3 is not from 0 to 2"},
        RefusedCase{"Unparsable",
                    [] {
                      absl::SetFlag(&FLAGS_shade, "red");
                      Parsed(FLAGS_shade, LengthOfGreen);
                    },
                    "^--shade: is not green"},
        RefusedCase{"NoAddress",
                    [] {
                      absl::SetFlag(&FLAGS_shade, "registry");
                      PeerAddress(FLAGS_shade);
                    },
                    "^--shade: \"registry\""},
        RefusedCase{"NotAllAddresses",
                    [] {
                      absl::SetFlag(&FLAGS_shade, "push-1:7103,");
                      PeerAddresses(FLAGS_shade);
                    },
                    "^--shade: \"\" is not host:port"},
        RefusedCase{"NoFile",
                    [] {
                      absl::SetFlag(&FLAGS_shade, "/no/such/file");
                      ReadableFile(FLAGS_shade);
                    },
                    "^--shade: /no/such/file"},
        RefusedCase{"NoDirectory",
                    [] {
                      absl::SetFlag(&FLAGS_shade, "/dev/null");
                      Directory(FLAGS_shade);
                    },
                    "^--shade: /dev/null is not a directory"},
        RefusedCase{"Judged", [] { RefuseFlag("shade", "is too bright"); },
                    "^--shade: is too bright\n.*--help"}),
    [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace causeway::server
