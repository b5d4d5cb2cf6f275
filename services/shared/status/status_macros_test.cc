#include "services/shared/status/status_macros.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <memory>
#include <utility>

namespace causeway {
namespace {

namespace asio = boost::asio;

absl::StatusOr<std::unique_ptr<int>> Half(int number) {
  if (number % 2 != 0) return absl::InvalidArgumentError("odd");
  return std::make_unique<int>(number / 2);
}

absl::StatusOr<int> Quarter(int number) {
  CAUSEWAY_ASSIGN_OR_RETURN(std::unique_ptr<int> half, Half(number));
  CAUSEWAY_ASSIGN_OR_RETURN(half, Half(*half));
  return *half;
}

absl::Status CheckEven(int number) {
  CAUSEWAY_RETURN_IF_ERROR(Half(number).status());
  return absl::OkStatus();
}

asio::awaitable<absl::StatusOr<int>> QuarterCoroutine(int number) {
  CAUSEWAY_CO_RETURN_IF_ERROR(CheckEven(number));
  CAUSEWAY_CO_ASSIGN_OR_RETURN(std::unique_ptr<int> half, Half(number));
  CAUSEWAY_CO_ASSIGN_OR_RETURN(half, Half(*half));
  co_return *half;
}

absl::StatusOr<int> RunQuarterCoroutine(int number) {
  asio::io_context context;
  absl::StatusOr<int> result = absl::UnknownError("never ran");
  asio::co_spawn(context, QuarterCoroutine(number),
                 [&result](const std::exception_ptr&, absl::StatusOr<int> r) {
                   result = std::move(r);
                 });
  context.run();
  return result;
}

TEST(StatusMacrosTest, GoOnWhenAllIsWell) {
  EXPECT_EQ(*Quarter(8), 2);
  EXPECT_TRUE(CheckEven(8).ok());
  EXPECT_EQ(*RunQuarterCoroutine(8), 2);
}

TEST(StatusMacrosTest, ReturnTheFirstError) {
  EXPECT_EQ(Quarter(7).status(), absl::InvalidArgumentError("odd"));
  EXPECT_EQ(Quarter(6).status(), absl::InvalidArgumentError("odd"));
  EXPECT_EQ(CheckEven(7), absl::InvalidArgumentError("odd"));
  EXPECT_EQ(RunQuarterCoroutine(7).status(), absl::InvalidArgumentError("odd"));
  EXPECT_EQ(RunQuarterCoroutine(6).status(), absl::InvalidArgumentError("odd"));
}

}  // namespace
}  // namespace causeway
