#include "services/shared/server/grpc_status.h"

#include <google/protobuf/util/time_util.h>

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "causeway/error/v1/error.pb.h"
#include "services/shared/status/errcode.h"

namespace causeway::server {
namespace {

namespace pb = causeway::error::v1;
using google::protobuf::util::TimeUtil;

// gRPC refuses more than 8 KiB of metadata, and then the caller would see that
// refusal instead of the error. The message goes out twice: percent-encoded,
// three bytes for one at worst, and in the details, in base64.
constexpr size_t kMessageBytesMax = 1024;

absl::string_view Shortened(absl::string_view message) {
  if (message.size() <= kMessageBytesMax) return message;
  size_t size = kMessageBytesMax;
  // Not in the middle of a UTF-8 sequence.
  while (size > 0 && (message[size] & 0xC0) == 0x80) --size;
  return message.substr(0, size);
}

std::string MakeDetails(const absl::Status& status, absl::string_view message) {
  pb::MatrixError error;
  error.set_errcode(GetErrcode(status));
  std::optional<absl::Duration> retry_after = GetRetryAfter(status);
  if (retry_after.has_value()) {
    *error.mutable_retry_after() = TimeUtil::MillisecondsToDuration(
        absl::ToInt64Milliseconds(*retry_after));
  }
  if (error.errcode().empty() && !error.has_retry_after()) return "";
  pb::StatusDetails details;
  details.set_code(static_cast<int>(status.code()));
  details.set_message(std::string(message));
  details.add_details()->PackFrom(error);
  return details.SerializeAsString();
}

void TakeDetails(const std::string& serialized, absl::Status& status) {
  pb::StatusDetails details;
  if (serialized.empty() || !details.ParseFromString(serialized)) return;
  for (const google::protobuf::Any& detail : details.details()) {
    pb::MatrixError error;
    if (!detail.Is<pb::MatrixError>() || !detail.UnpackTo(&error)) continue;
    if (!error.errcode().empty()) SetErrcode(status, error.errcode());
    if (error.has_retry_after()) {
      SetRetryAfter(status, absl::Milliseconds(TimeUtil::DurationToMilliseconds(
                                error.retry_after())));
    }
  }
}

}  // namespace

grpc::Status ToGrpcStatus(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  absl::string_view message = Shortened(status.message());
  return grpc::Status(static_cast<grpc::StatusCode>(status.code()),
                      std::string(message), MakeDetails(status, message));
}

absl::Status FromGrpcStatus(const grpc::Status& status) {
  if (status.ok()) return absl::OkStatus();
  int code = status.error_code();
  if (code < 0 || code > static_cast<int>(absl::StatusCode::kUnauthenticated)) {
    code = static_cast<int>(absl::StatusCode::kUnknown);
  }
  absl::Status result(static_cast<absl::StatusCode>(code),
                      status.error_message());
  TakeDetails(status.error_details(), result);
  return result;
}

}  // namespace causeway::server
