#include "services/shared/server/port_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

namespace causeway::server {
namespace {

class PortFileTest : public ::testing::Test {
 protected:
  const std::string directory_ = ::testing::TempDir() + "/port_file_test";
  const std::string path_ = directory_ + "/registry.json";

  void SetUp() override {
    std::filesystem::remove_all(directory_);
    std::filesystem::create_directory(directory_);
  }
};

TEST_F(PortFileTest, TellsAddressesAndLeavesNothingElse) {
  ASSERT_TRUE(WritePortFile(path_, {.pid = 17,
                                    .grpc = "127.0.0.1:7101",
                                    .metrics = "127.0.0.1:9101",
                                    .public_address = "127.0.0.1:8008"})
                  .ok());
  std::ifstream file(path_);
  EXPECT_EQ(nlohmann::json::parse(file),
            nlohmann::json::parse(
                R"({"pid": 17, "grpc": "127.0.0.1:7101",
                    "metrics": "127.0.0.1:9101", "public": "127.0.0.1:8008"})"));
  RemovePortFile(path_);
  RemovePortFile(path_);
  EXPECT_TRUE(std::filesystem::is_empty(directory_));
}

TEST_F(PortFileTest, TakesThePlaceOfAnOldOne) {
  std::ofstream(path_) << "left over";
  ASSERT_TRUE(WritePortFile(path_, {.pid = 18}).ok());
  std::ifstream file(path_);
  EXPECT_EQ(nlohmann::json::parse(file)["pid"], 18);
}

TEST_F(PortFileTest, NamesThePathThatItCannotWrite) {
  absl::Status status =
      WritePortFile(directory_ + "/missing/registry.json", {.pid = 1});
  EXPECT_EQ(status.code(), absl::StatusCode::kInternal);
  EXPECT_THAT(std::string(status.message()),
              ::testing::AllOf(::testing::HasSubstr("/missing/registry.json"),
                               ::testing::HasSubstr("No such file")));
}

}  // namespace
}  // namespace causeway::server
