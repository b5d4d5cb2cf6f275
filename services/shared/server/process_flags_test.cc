#include "services/shared/server/process_flags.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/flags/reflection.h"

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
  Process::Options options = Parse(
      {"--grpc_listen=[::1]:0", "--http_listen=0.0.0.0:1", "--port_file=/tmp/x",
       "--drain_timeout_ms=5", "--executor_threads=2", "--executor_queue_max=3",
       "--call_log_lines_per_second_max=4", "--log_format=text",
       "--log_level=debug"});
  EXPECT_EQ(options.grpc_listen, "[::1]:0");
  EXPECT_EQ(options.http_listen, "0.0.0.0:1");
  EXPECT_EQ(options.port_file, "/tmp/x");
  EXPECT_EQ(options.drain_timeout, absl::Milliseconds(5));
  EXPECT_EQ(options.executor.threads, 2);
  EXPECT_EQ(options.executor.queue_max, 3);
  EXPECT_EQ(options.call_log_lines_per_second_max, 4);
}

TEST(ParseFlagsTest, PlaintextForOthersIsAllowedByName) {
  EXPECT_EQ(Parse({"--grpc_listen=0.0.0.0:1", "--allow_plaintext_listen"})
                .grpc_listen,
            "0.0.0.0:1");
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
                "--grpc_listen: .*--allow_plaintext_listen"},
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
