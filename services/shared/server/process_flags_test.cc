#include "services/shared/server/process_flags.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/flags/reflection.h"
#include "absl/strings/str_cat.h"
#include "services/shared/tls/identity.h"
#include "services/shared/tls/test_authority.h"

namespace causeway::server {
namespace {

Process::Options Parse(std::vector<std::string> arguments) {
  const absl::FlagSaver saver;
  arguments.insert(arguments.begin(), "echo");
  std::vector<char*> argv;
  argv.reserve(arguments.size());
  for (std::string& argument : arguments) argv.push_back(argument.data());
  return ParseFlags(static_cast<int>(argv.size()), argv.data(),
                    {.service = "echo",
                     .description = "Says what it is told.",
                     .grpc_listen = "127.0.0.1:7101",
                     .http_listen = "127.0.0.1:1"});
}

TEST(ParseFlagsTest, DefaultsAreTheProgramsOwn) {
  Process::Options options = Parse({});
  EXPECT_EQ(options.service, "echo");
  EXPECT_EQ(options.grpc_listen, "127.0.0.1:7101");
  EXPECT_EQ(options.http_listen, "127.0.0.1:1");
  EXPECT_EQ(options.port_file, "");
  EXPECT_EQ(options.drain_timeout, absl::Seconds(10));
  EXPECT_EQ(options.executor.threads, 8);
}

TEST(ParseFlagsTest, EachFlagReachesItsOption) {
  Process::Options options =
      Parse({"--grpc_listen=[::1]:0", "--http_listen=0.0.0.0:1",
             "--allow_plaintext_listen=http", "--port_file=/tmp/x",
             "--drain_timeout_ms=5", "--executor_threads=2",
             "--executor_queue_max=3", "--call_log_lines_per_second_max=4",
             "--log_format=text", "--log_level=debug"});
  EXPECT_EQ(options.grpc_listen, "[::1]:0");
  EXPECT_EQ(options.http_listen, "0.0.0.0:1");
  EXPECT_EQ(options.port_file, "/tmp/x");
  EXPECT_EQ(options.drain_timeout, absl::Milliseconds(5));
  EXPECT_EQ(options.executor.threads, 2);
  EXPECT_EQ(options.executor.queue_max, 3);
  EXPECT_EQ(options.call_log_lines_per_second_max, 4);
}

TEST(ParseFlagsTest, PlaintextForOthersIsAllowedByName) {
  EXPECT_EQ(
      Parse({"--grpc_listen=0.0.0.0:1", "--allow_plaintext_listen=http,grpc"})
          .grpc_listen,
      "0.0.0.0:1");
}

TEST(ParseFlagsPlaintextDeathTest, OneListenersNameIsNotAnothers) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      Parse({"--grpc_listen=0.0.0.0:1", "--allow_plaintext_listen=http"}),
      ::testing::ExitedWithCode(2), "--grpc_listen: ");
}

TEST(ParseFlagsTest, WithTlsOthersMayConnect) {
  const tls::TestAuthority authority("authority");
  const tls::Identity::Files files = authority.Sign("causeway-echo");
  const Process::Options options =
      Parse({"--grpc_listen=0.0.0.0:1",
             absl::StrCat("--tls_certificate=", files.certificate),
             absl::StrCat("--tls_key=", files.key),
             absl::StrCat("--tls_ca=", files.ca)});
  ASSERT_NE(options.identity, nullptr);
  EXPECT_EQ(options.identity->files().ca, files.ca);
}

TEST(ParseFlagsTlsDeathTest, CertificateOfAnotherServiceIsRefused) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const tls::TestAuthority authority("authority");
  const tls::Identity::Files files = authority.Sign("causeway-registry");
  EXPECT_EXIT(Parse({absl::StrCat("--tls_certificate=", files.certificate),
                     absl::StrCat("--tls_key=", files.key),
                     absl::StrCat("--tls_ca=", files.ca)}),
              ::testing::ExitedWithCode(2), "is not for causeway-echo");
}

struct EndCase {
  std::string name;
  std::string argument;
  int exit_code;
  std::string told;  // On standard error.
};

class ParseFlagsDeathTest : public ::testing::TestWithParam<EndCase> {};

TEST_P(ParseFlagsDeathTest, EndsTheProcess) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(Parse({GetParam().argument}),
              ::testing::ExitedWithCode(GetParam().exit_code), GetParam().told);
}

INSTANTIATE_TEST_SUITE_P(
    All, ParseFlagsDeathTest,
    ::testing::Values(
        EndCase{"Help", "--help", 0, ""},
        EndCase{"Version", "--version", 0, ""},
        EndCase{"NotReady", "--healthcheck", 1, "no answer from 127.0.0.1:1"},
        EndCase{"Unknown", "--grpc_listn=1", 2, "did you mean --grpc_listen"},
        EndCase{"NoFlag", "serve", 2, "serve: not a flag"},
        EndCase{"NoAddress", "--http_listen=9101", 2, "--http_listen: "},
        EndCase{"Plaintext", "--grpc_listen=0.0.0.0:1", 2,
                "--grpc_listen: .*--allow_plaintext_listen=grpc"},
        EndCase{"PlaintextMetrics", "--http_listen=0.0.0.0:1", 2,
                "--http_listen: .*--allow_plaintext_listen=http"},
        EndCase{"PlaintextWhat", "--allow_plaintext_listen=grcp", 2,
                "--allow_plaintext_listen: \"grcp\" is none of grpc"},
        EndCase{"TlsInPart", "--tls_ca=/tmp/x", 2, "all three or none"},
        EndCase{"NoToken", "--operator_token_file=/nonexistent", 2,
                "--operator_token_file: cannot read /nonexistent"},
        EndCase{"NoNumber", "--executor_threads=x", 2, "executor_threads"},
        EndCase{"TooFew", "--executor_threads=0", 2, "--executor_threads: 0"},
        EndCase{"NoQueue", "--executor_queue_max=0", 2,
                "--executor_queue_max: "},
        EndCase{"Negative", "--drain_timeout_ms=-1", 2, "--drain_timeout_ms: "},
        EndCase{"Format", "--log_format=xml", 2, "--log_format: \"xml\""},
        EndCase{"Level", "--log_level=loud", 2, "--log_level: \"loud\""}),
    [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace causeway::server
