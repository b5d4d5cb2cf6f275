#include "services/shared/status/errcode.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace causeway {
namespace {

TEST(ErrcodeTest, IsEmptyUntilSet) {
  absl::Status status = absl::NotFoundError("no such room");
  EXPECT_EQ(GetErrcode(status), "");
  SetErrcode(status, "M_NOT_FOUND");
  EXPECT_EQ(GetErrcode(status), "M_NOT_FOUND");
}

TEST(ErrcodeTest, LastOneSetStays) {
  absl::Status status = absl::InvalidArgumentError("bad");
  SetErrcode(status, "M_BAD_JSON");
  SetErrcode(status, "M_NOT_JSON");
  EXPECT_EQ(GetErrcode(status), "M_NOT_JSON");
}

TEST(ErrcodeTest, OkCarriesNothing) {
  absl::Status status;
  SetErrcode(status, "M_UNKNOWN");
  SetRetryAfter(status, absl::Seconds(1));
  EXPECT_EQ(GetErrcode(status), "");
  EXPECT_EQ(GetRetryAfter(status), std::nullopt);
}

TEST(RetryAfterTest, KeepsWholeMilliseconds) {
  absl::Status status = absl::ResourceExhaustedError("slow down");
  EXPECT_EQ(GetRetryAfter(status), std::nullopt);
  SetRetryAfter(status, absl::Microseconds(1500001));
  EXPECT_EQ(GetRetryAfter(status), absl::Milliseconds(1501));
}

TEST(RetryAfterTest, BelowZeroMeansZero) {
  absl::Status status = absl::UnavailableError("busy");
  SetRetryAfter(status, absl::Seconds(-1));
  EXPECT_EQ(GetRetryAfter(status), absl::ZeroDuration());
}

TEST(RetryAfterTest, IgnoresWhatIsNoNumber) {
  absl::Status status = absl::UnavailableError("busy");
  status.SetPayload(kRetryAfterPayloadUrl, absl::Cord("soon"));
  EXPECT_EQ(GetRetryAfter(status), std::nullopt);
}

}  // namespace
}  // namespace causeway
