#include "services/shared/matrix/errors.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "services/shared/status/errcode.h"

namespace causeway::matrix {
namespace {

struct NamedErrorCase {
  std::string name;
  absl::Status status;
  int http_status;
  std::string errcode;
  std::string message;
};

class NamedErrorTest : public testing::TestWithParam<NamedErrorCase> {};

TEST_P(NamedErrorTest, IsToldOverHttp) {
  HttpError error = ToHttpError(GetParam().status);
  EXPECT_EQ(error.status, GetParam().http_status);
  EXPECT_EQ(error.errcode, GetParam().errcode);
  EXPECT_EQ(error.message, GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(
    All, NamedErrorTest,
    testing::ValuesIn<NamedErrorCase>({
        {"NotJson", NotJson(7, "syntax error"), 400, "M_NOT_JSON",
         "not JSON: syntax error at byte 7"},
        {"BadJson", BadJson("name", "expected a string"), 400, "M_BAD_JSON",
         "field `name`: expected a string"},
        {"MissingParam", MissingParam("url"), 400, "M_MISSING_PARAM",
         "field `url`: missing"},
        {"InvalidParam", InvalidParam("limit", "is negative"), 400,
         "M_INVALID_PARAM", "field `limit`: is negative"},
        {"TooLarge", TooLarge("the event", 65536), 413, "M_TOO_LARGE",
         "the event has more than 65536 bytes"},
        {"InvalidUsername", InvalidUsername("Bob", "why"), 400,
         "M_INVALID_USERNAME", "user name \"Bob\": why"},
        {"UserInUse", UserInUse("@a:d"), 400, "M_USER_IN_USE",
         "user \"@a:d\" exists already"},
        {"RoomInUse", RoomInUse("#a:d"), 400, "M_ROOM_IN_USE",
         "room alias \"#a:d\" exists already"},
        {"IdReserved", IdReserved("@irc_a:d"), 400, "M_EXCLUSIVE",
         "\"@irc_a:d\" is reserved for an application service"},
        {"IdOutsideNamespaces", IdOutsideNamespaces("@b:d"), 400, "M_EXCLUSIVE",
         "\"@b:d\" is outside the application service's namespaces"},
        {"NamespaceTaken", NamespaceTaken("@irc_.*", "irc"), 400, "M_EXCLUSIVE",
         "namespace \"@irc_.*\" belongs to \"irc\""},
        {"AliasExists", AliasExists("#a:d"), 409, "M_UNKNOWN",
         "room alias \"#a:d\" exists already"},
        {"MissingToken", MissingToken(), 401, "M_MISSING_TOKEN",
         "the request has no access token"},
        {"UnknownToken", UnknownToken(), 401, "M_UNKNOWN_TOKEN",
         "the access token is not known"},
        {"Forbidden", Forbidden("not in the room"), 403, "M_FORBIDDEN",
         "not in the room"},
        {"NotFound", NotFound("room"), 404, "M_NOT_FOUND", "there is no room"},
        {"LimitExceeded", LimitExceeded("slow down", absl::Seconds(1)), 429,
         "M_LIMIT_EXCEEDED", "slow down"},
        {"QueryTimedOut", QueryTimedOut("#a:d"), 408, "M_CONNECTION_TIMEOUT",
         "the application service did not answer in time about \"#a:d\""},
        {"PingUrlNotSet", PingUrlNotSet(), 400, "M_URL_NOT_SET",
         "the application service has no URL"},
        {"PingConnectionFailed", PingConnectionFailed("refused"), 502,
         "M_CONNECTION_FAILED", "refused"},
        {"PingBadStatus", PingBadStatus(404), 502, "M_BAD_STATUS",
         "the application service answered 404"},
        {"PingTimedOut", PingTimedOut(), 504, "M_CONNECTION_TIMEOUT",
         "the application service did not answer in time"},
    }),
    [](const auto& info) { return info.param.name; });

TEST(ToHttpErrorTest, CodeAloneGetsItsDefault) {
  HttpError error = ToHttpError(absl::NotFoundError("gone"));
  EXPECT_EQ(error.status, 404);
  EXPECT_EQ(error.errcode, "M_NOT_FOUND");
  EXPECT_EQ(ToHttpError(absl::UnavailableError("")).status, 503);
  EXPECT_EQ(ToHttpError(absl::DeadlineExceededError("")).status, 408);
  EXPECT_EQ(ToHttpError(absl::UnimplementedError("")).errcode,
            "M_UNRECOGNIZED");
}

TEST(ToHttpErrorTest, UnlistedErrcodeIsSentAsItIs) {
  HttpError error = ToHttpError(MakeError(absl::StatusCode::kInvalidArgument,
                                          "M_UNSUPPORTED_ROOM_VERSION", "x"));
  EXPECT_EQ(error.status, 400);
  EXPECT_EQ(error.errcode, "M_UNSUPPORTED_ROOM_VERSION");
}

// Goal: a fault between our services never logs a client out for good.
TEST(ToHttpErrorTest, BareUnauthenticatedIsOurOwnFault) {
  HttpError error = ToHttpError(absl::UnauthenticatedError("bad certificate"));
  EXPECT_EQ(error.status, 503);
  EXPECT_EQ(error.errcode, "M_UNKNOWN");
  EXPECT_EQ(error.message, "temporarily unavailable");
  error = ToHttpError(MakeError(absl::StatusCode::kUnauthenticated,
                                "M_FORBIDDEN", "something else"));
  EXPECT_EQ(error.status, 503);
}

TEST(ToHttpErrorTest, InternalMessageStaysUnsent) {
  for (const absl::Status& status :
       {absl::InternalError("SELECT secret"), absl::DataLossError("secret"),
        absl::UnknownError("secret"), absl::CancelledError("secret")}) {
    HttpError error = ToHttpError(status);
    EXPECT_EQ(error.status, 500);
    EXPECT_EQ(error.errcode, "M_UNKNOWN");
    EXPECT_EQ(error.message, "internal server error");
  }
}

TEST(ErrorBodyTest, IsTheMatrixErrorObject) {
  EXPECT_EQ(nlohmann::json::parse(ErrorBody(ToHttpError(Forbidden("no")))),
            nlohmann::json({{"errcode", "M_FORBIDDEN"}, {"error", "no"}}));
}

TEST(ErrorBodyTest, TellsWhenToTryAgain) {
  nlohmann::json body = nlohmann::json::parse(
      ErrorBody(ToHttpError(LimitExceeded("slow down", absl::Seconds(2)))));
  EXPECT_EQ(body["retry_after_ms"], 2000);
  body = nlohmann::json::parse(ErrorBody(
      ToHttpError(LimitExceeded("slow down", absl::Microseconds(1)))));
  EXPECT_EQ(body["retry_after_ms"], 1);
}

TEST(ErrorBodyTest, IsJsonWhateverTheMessageHolds) {
  EXPECT_FALSE(nlohmann::json::parse(ErrorBody(ToHttpError(Forbidden("\xff"))))
                   .is_discarded());
}

TEST(EdgeErrorsTest, HaveTheirStatus) {
  EXPECT_EQ(UnknownRoute("/x").status, 404);
  EXPECT_EQ(UnknownRoute("/x").errcode, "M_UNRECOGNIZED");
  EXPECT_EQ(MethodNotAllowed("PATCH").status, 405);
  EXPECT_EQ(MethodNotAllowed("PATCH").errcode, "M_UNRECOGNIZED");
  EXPECT_EQ(HeadersTooLarge(16384).status, 431);
  EXPECT_EQ(HeadersTooLarge(16384).errcode, "M_TOO_LARGE");
  EXPECT_EQ(HeadersTooLarge(16384).message,
            "the headers have more than 16384 bytes");
}

}  // namespace
}  // namespace causeway::matrix
