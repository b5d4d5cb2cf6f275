#include "services/shared/server/uncaught_exception.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "absl/strings/str_split.h"

namespace causeway::server {
namespace {

using ::testing::HasSubstr;
using ::testing::Lt;
using ::testing::SizeIs;

// Goal: a fault that meets every request doesn't drown the log.
TEST(UncaughtExceptionTest, IsLoggedButNotForEverEachTime) {
  const CallContext call = {.request_id = "a-1",
                            .deadline = absl::InfiniteFuture()};
  const std::runtime_error thrown("thrown");
  ::testing::internal::CaptureStderr();
  for (int i = 0; i < 1000; ++i) {
    EXPECT_EQ(UncaughtException(thrown, call),
              absl::InternalError("unexpected exception: thrown"));
  }
  const std::string log = ::testing::internal::GetCapturedStderr();
  EXPECT_THAT(log, HasSubstr(R"("what":"thrown","request_id":"a-1")"));
  EXPECT_THAT(std::vector<std::string>(absl::StrSplit(log, '\n')),
              SizeIs(Lt(500)));
}

}  // namespace
}  // namespace causeway::server
