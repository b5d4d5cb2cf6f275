#include "services/shared/server/grpc_status.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "causeway/error/v1/error.pb.h"
#include "services/shared/status/errcode.h"

namespace causeway::server {
namespace {

namespace pb = causeway::error::v1;

absl::Status AcrossAHop(const absl::Status& status) {
  return FromGrpcStatus(ToGrpcStatus(status));
}

TEST(GrpcStatusTest, EveryCodeAndMessageCrosses) {
  EXPECT_TRUE(AcrossAHop(absl::OkStatus()).ok());
  for (int code = 1; code <= 16; ++code) {
    SCOPED_TRACE(code);
    absl::Status status(static_cast<absl::StatusCode>(code), "why");
    EXPECT_EQ(ToGrpcStatus(status).error_code(), code);
    EXPECT_EQ(AcrossAHop(status), status);
  }
}

TEST(GrpcStatusTest, ErrcodeAndRetryAfterCross) {
  absl::Status status = absl::ResourceExhaustedError("slow down");
  SetErrcode(status, "M_LIMIT_EXCEEDED");
  SetRetryAfter(status, absl::Milliseconds(1500));
  absl::Status crossed = AcrossAHop(status);
  EXPECT_EQ(crossed, status);
  EXPECT_EQ(GetErrcode(crossed), "M_LIMIT_EXCEEDED");
  EXPECT_EQ(GetRetryAfter(crossed), absl::Milliseconds(1500));
}

TEST(GrpcStatusTest, PlainStatusHasNoDetails) {
  EXPECT_EQ(ToGrpcStatus(absl::NotFoundError("no")).error_details(), "");
}

TEST(GrpcStatusTest, DetailsHaveTheFormThatToolsKnow) {
  absl::Status status = absl::AlreadyExistsError("taken");
  SetErrcode(status, "M_EXCLUSIVE");
  pb::StatusDetails details;
  ASSERT_TRUE(details.ParseFromString(ToGrpcStatus(status).error_details()));
  EXPECT_EQ(details.code(), 6);
  EXPECT_EQ(details.message(), "taken");
  ASSERT_EQ(details.details_size(), 1);
  EXPECT_EQ(details.details(0).type_url(),
            "type.googleapis.com/causeway.error.v1.MatrixError");
}

TEST(GrpcStatusTest, ErrcodeSurvivesMessageThatIsNoUtf8) {
  absl::Status status = absl::InvalidArgumentError("bad byte \xff");
  SetErrcode(status, "M_BAD_JSON");
  EXPECT_EQ(GetErrcode(AcrossAHop(status)), "M_BAD_JSON");
}

TEST(GrpcStatusTest, LongMessageIsCutBetweenCharacters) {
  std::string message(1023, 'a');
  message += "\xc3\xa9 and more";
  absl::Status crossed = AcrossAHop(absl::InternalError(message));
  EXPECT_EQ(crossed.message(), std::string(1023, 'a'));
}

TEST(GrpcStatusTest, MalformedDetailsAreLeftOut) {
  absl::Status status = FromGrpcStatus(
      grpc::Status(grpc::StatusCode::ABORTED, "lost", "\xff\xff"));
  EXPECT_EQ(status, absl::AbortedError("lost"));
}

TEST(GrpcStatusTest, CodeOutsideTheListBecomesUnknown) {
  absl::Status status =
      FromGrpcStatus(grpc::Status(static_cast<grpc::StatusCode>(20), "?"));
  EXPECT_EQ(status.code(), absl::StatusCode::kUnknown);
}

}  // namespace
}  // namespace causeway::server
