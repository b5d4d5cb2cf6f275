#include "services/gateway/http/http_errors.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

namespace causeway::gateway {
namespace {

HttpResponse Refusal(int status, absl::string_view errcode,
                     std::string message) {
  matrix::HttpError error;
  error.status = status;
  error.errcode = std::string(errcode);
  error.message = std::move(message);
  return ErrorResponse(error);
}

}  // namespace

HttpResponse ErrorResponse(const matrix::HttpError& error) {
  HttpResponse response;
  response.status = error.status;
  response.body = matrix::ErrorBody(error);
  if (error.retry_after.has_value()) {
    // In whole seconds, rounded up.
    response.headers.emplace_back(
        "Retry-After", absl::StrCat(absl::ToInt64Seconds(
                           absl::Ceil(*error.retry_after, absl::Seconds(1)))));
  }
  return response;
}

HttpResponse ErrorResponse(const absl::Status& status) {
  return ErrorResponse(matrix::ToHttpError(status));
}

HttpResponse MalformedRequest(absl::string_view what) {
  return Refusal(400, "M_UNKNOWN",
                 absl::StrCat("malformed HTTP request: ", what));
}

HttpResponse HostMissing() {
  return MalformedRequest("HTTP/1.1 needs exactly one Host header");
}

HttpResponse RequestCutShort() {
  return MalformedRequest("the connection ended in its middle");
}

HttpResponse HeaderTimedOut(absl::Duration header_timeout) {
  return Refusal(408, "M_CONNECTION_TIMEOUT",
                 absl::StrCat("the request's header took longer than ",
                              absl::FormatDuration(header_timeout)));
}

HttpResponse BodyTimedOut(absl::Duration body_timeout) {
  return Refusal(408, "M_CONNECTION_TIMEOUT",
                 absl::StrCat("the request's body took longer than ",
                              absl::FormatDuration(body_timeout)));
}

HttpResponse BodyTooLarge(size_t body_bytes_max) {
  return ErrorResponse(matrix::TooLarge("the request's body", body_bytes_max));
}

HttpResponse RequestLineTooLong(size_t header_bytes_max) {
  return Refusal(414, "M_TOO_LARGE",
                 absl::StrCat("the request line is longer than ",
                              header_bytes_max, " bytes (header_bytes_max)"));
}

HttpResponse ExpectationUnknown(absl::string_view expect) {
  return Refusal(
      417, "M_UNRECOGNIZED",
      absl::StrCat("only Expect: 100-continue is understood, not: ", expect));
}

HttpResponse TooManyUploads(size_t bytes_max) {
  return ErrorResponse(matrix::LimitExceeded(
      absl::StrCat("media in memory have their ", bytes_max,
                   " bytes (media_memory_bytes_max); try again"),
      absl::Seconds(1)));
}

HttpResponse HeaderTooLarge(size_t header_bytes_max) {
  return ErrorResponse(matrix::HeadersTooLarge(header_bytes_max));
}

HttpResponse TooManyHeaders(int header_count_max) {
  return Refusal(431, "M_TOO_LARGE",
                 absl::StrCat("the request has more than ", header_count_max,
                              " header lines (header_count_max)"));
}

HttpResponse HandlerFailed() {
  return Refusal(500, "M_UNKNOWN", "internal server error");
}

HttpResponse TransferEncodingUnknown() {
  return Refusal(501, "M_UNRECOGNIZED",
                 "only Transfer-Encoding: chunked is understood");
}

HttpResponse TooManyConnections(int connections_max) {
  return Refusal(
      503, "M_UNKNOWN",
      absl::StrCat("the server has its ", connections_max,
                   " connections (connections_max); try again later"));
}

HttpResponse TooManyRequests(int requests_in_flight_max) {
  return Refusal(
      503, "M_UNKNOWN",
      absl::StrCat("the server is answering its ", requests_in_flight_max,
                   " requests (requests_in_flight_max); try again later"));
}

}  // namespace causeway::gateway
