#include "services/shared/matrix/errors.h"

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "services/shared/matrix/utf8.h"
#include "services/shared/status/errcode.h"

namespace causeway::matrix {
namespace {

using enum absl::StatusCode;

struct Row {
  absl::StatusCode code;
  int http_status;
  const char* errcode;
};

// The first row of a code is its default, for an error without an errcode or
// with one that isn't listed (which is then sent as it is). A later row is
// chosen by the errcode.
constexpr Row kRows[] = {
    {kInvalidArgument, 400, "M_INVALID_PARAM"},
    {kInvalidArgument, 413, "M_TOO_LARGE"},
    {kPermissionDenied, 403, "M_FORBIDDEN"},
    {kNotFound, 404, "M_NOT_FOUND"},
    {kUnimplemented, 404, "M_UNRECOGNIZED"},
    {kUnimplemented, 405, "M_BAD_JSON"},  // Not by this endpoint.
    {kAlreadyExists, 409, "M_UNKNOWN"},
    {kAlreadyExists, 400, "M_EXCLUSIVE"},
    {kAlreadyExists, 400, "M_USER_IN_USE"},
    {kAlreadyExists, 400, "M_ROOM_IN_USE"},
    {kResourceExhausted, 429, "M_LIMIT_EXCEEDED"},
    {kUnavailable, 503, "M_UNKNOWN"},
    {kUnavailable, 502, "M_CONNECTION_FAILED"},
    {kUnavailable, 502, "M_BAD_STATUS"},
    {kUnavailable, 504, "M_CONNECTION_TIMEOUT"},
    {kDeadlineExceeded, 408, "M_CONNECTION_TIMEOUT"},
};

// Of UNAUTHENTICATED only a client's own token counts, never a bare one: that
// is between our services, and M_UNKNOWN_TOKEN makes clients log out for good.
constexpr Row kTokenRows[] = {
    {kUnauthenticated, 401, "M_MISSING_TOKEN"},
    {kUnauthenticated, 401, "M_UNKNOWN_TOKEN"},
};

HttpError MakeHttpError(int http_status, absl::string_view errcode,
                        absl::string_view message) {
  HttpError error;
  error.status = http_status;
  error.errcode = std::string(errcode);
  error.message = std::string(message);
  return error;
}

HttpError UnauthenticatedToHttpError(const absl::Status& status,
                                     absl::string_view errcode) {
  for (const Row& row : kTokenRows) {
    if (errcode == row.errcode) {
      return MakeHttpError(row.http_status, errcode, status.message());
    }
  }
  return MakeHttpError(503, "M_UNKNOWN", "temporarily unavailable");
}

}  // namespace

HttpError ToHttpError(const absl::Status& status) {
  const std::string errcode = GetErrcode(status);
  if (status.code() == kUnauthenticated) {
    return UnauthenticatedToHttpError(status, errcode);
  }
  const Row* chosen = nullptr;
  for (const Row& row : kRows) {
    if (row.code != status.code()) continue;
    if (chosen == nullptr || errcode == row.errcode) chosen = &row;
  }
  if (chosen == nullptr) {
    return MakeHttpError(500, "M_UNKNOWN", "internal server error");
  }
  HttpError error = MakeHttpError(chosen->http_status,
                                  errcode.empty() ? chosen->errcode : errcode,
                                  status.message());
  error.retry_after = GetRetryAfter(status);
  return error;
}

std::string ErrorBody(const HttpError& error) {
  nlohmann::json body = {{"errcode", error.errcode}, {"error", error.message}};
  if (error.retry_after.has_value()) {
    body["retry_after_ms"] = absl::ToInt64Milliseconds(*error.retry_after);
  }
  // A message may repeat bytes of the request: replaced where not UTF-8.
  return body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

absl::Status MakeError(absl::StatusCode code, absl::string_view errcode,
                       absl::string_view message) {
  absl::Status status(code, message);
  SetErrcode(status, errcode);
  return status;
}

absl::Status NotJson(size_t byte_offset, absl::string_view why) {
  return MakeError(kInvalidArgument, "M_NOT_JSON",
                   absl::StrCat("not JSON: ", why, " at byte ", byte_offset));
}

absl::Status BadJson(absl::string_view field, absl::string_view why) {
  return MakeError(kInvalidArgument, "M_BAD_JSON",
                   absl::StrCat("field `", field, "`: ", why));
}

absl::Status MissingParam(absl::string_view field) {
  return MakeError(kInvalidArgument, "M_MISSING_PARAM",
                   absl::StrCat("field `", field, "`: missing"));
}

absl::Status InvalidParam(absl::string_view field, absl::string_view why) {
  return MakeError(kInvalidArgument, "M_INVALID_PARAM",
                   absl::StrCat("field `", field, "`: ", why));
}

absl::Status TooLarge(absl::string_view what, size_t bytes_max) {
  return MakeError(kInvalidArgument, "M_TOO_LARGE",
                   absl::StrCat(what, " has more than ", bytes_max, " bytes"));
}

absl::Status InvalidUsername(absl::string_view localpart,
                             absl::string_view why) {
  return MakeError(kInvalidArgument, "M_INVALID_USERNAME",
                   absl::StrCat("user name ", Quote(localpart), ": ", why));
}

absl::Status UserInUse(absl::string_view user_id) {
  return MakeError(kAlreadyExists, "M_USER_IN_USE",
                   absl::StrCat("user ", Quote(user_id), " exists already"));
}

absl::Status RoomInUse(absl::string_view alias) {
  return MakeError(
      kAlreadyExists, "M_ROOM_IN_USE",
      absl::StrCat("room alias ", Quote(alias), " exists already"));
}

absl::Status IdReserved(absl::string_view id) {
  return MakeError(
      kAlreadyExists, "M_EXCLUSIVE",
      absl::StrCat(Quote(id), " is reserved for an application service"));
}

absl::Status IdOutsideNamespaces(absl::string_view id) {
  return MakeError(kAlreadyExists, "M_EXCLUSIVE",
                   absl::StrCat(Quote(id),
                                " is outside the application service's "
                                "namespaces"));
}

absl::Status NamespaceTaken(absl::string_view regex, absl::string_view owner) {
  return MakeError(
      kAlreadyExists, "M_EXCLUSIVE",
      absl::StrCat("namespace ", Quote(regex), " belongs to ", Quote(owner)));
}

absl::Status AliasExists(absl::string_view alias) {
  return MakeError(
      kAlreadyExists, "M_UNKNOWN",
      absl::StrCat("room alias ", Quote(alias), " exists already"));
}

absl::Status MissingToken() {
  return MakeError(kUnauthenticated, "M_MISSING_TOKEN",
                   "the request has no access token");
}

absl::Status UnknownToken() {
  return MakeError(kUnauthenticated, "M_UNKNOWN_TOKEN",
                   "the access token is not known");
}

absl::Status Forbidden(absl::string_view why) {
  return MakeError(kPermissionDenied, "M_FORBIDDEN", why);
}

absl::Status NotFound(absl::string_view what) {
  return MakeError(kNotFound, "M_NOT_FOUND",
                   absl::StrCat("there is no ", what));
}

absl::Status LimitExceeded(absl::string_view why, absl::Duration retry_after) {
  absl::Status status = MakeError(kResourceExhausted, "M_LIMIT_EXCEEDED", why);
  SetRetryAfter(status, retry_after);
  return status;
}

absl::Status QueryTimedOut(absl::string_view id) {
  return MakeError(
      kDeadlineExceeded, "M_CONNECTION_TIMEOUT",
      absl::StrCat("the application service did not answer in time about ",
                   Quote(id)));
}

absl::Status PingUrlNotSet() {
  return MakeError(kInvalidArgument, "M_URL_NOT_SET",
                   "the application service has no URL");
}

absl::Status PingConnectionFailed(absl::string_view why) {
  return MakeError(kUnavailable, "M_CONNECTION_FAILED", why);
}

absl::Status PingBadStatus(int http_status) {
  return MakeError(
      kUnavailable, "M_BAD_STATUS",
      absl::StrCat("the application service answered ", http_status));
}

absl::Status PingTimedOut() {
  return MakeError(kUnavailable, "M_CONNECTION_TIMEOUT",
                   "the application service did not answer in time");
}

HttpError UnknownRoute(absl::string_view path) {
  return MakeHttpError(404, "M_UNRECOGNIZED",
                       absl::StrCat("no such endpoint: ", Quote(path)));
}

HttpError MethodNotAllowed(absl::string_view method) {
  return MakeHttpError(
      405, "M_UNRECOGNIZED",
      absl::StrCat("the endpoint does not take ", Quote(method)));
}

HttpError HeadersTooLarge(size_t bytes_max) {
  return MakeHttpError(
      431, "M_TOO_LARGE",
      absl::StrCat("the headers have more than ", bytes_max, " bytes"));
}

}  // namespace causeway::matrix
