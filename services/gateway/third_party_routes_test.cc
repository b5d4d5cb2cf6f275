#include "services/gateway/third_party_routes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "causeway/query/v1/query.pb.h"
#include "services/gateway/api_fixture.h"
#include "services/shared/matrix/errors.h"

namespace causeway::gateway {
namespace {

namespace pb = causeway::query::v1;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using LookUpRequest = pb::LookUpThirdPartyRequest;

constexpr char kLookUp[] = "causeway.query.v1.QueryProxy/LookUpThirdParty";
constexpr char kLookUpUri[] = "causeway.query.v1.QueryProxy/LookUpUri";

class ThirdPartyRoutesTest : public ApiFixture {
 protected:
  ThirdPartyRoutesTest() {
    pb::LookUpThirdPartyResponse response;
    response.set_json(R"({"from":"query_proxy"})");
    peers_.Answer(kLookUp, response);
  }

  // What query_proxy is asked when a person gets `target`.
  LookUpRequest Asked(const std::string& target) {
    const ApiAnswer answer =
        Call("GET", "/_matrix/client/v3/thirdparty/" + target, "", "person");
    EXPECT_EQ(answer.raw.body, R"({"from":"query_proxy"})");
    return peers_.Requests<LookUpRequest>(kLookUp).back();
  }
};

TEST_F(ThirdPartyRoutesTest, Protocols) {
  LookUpRequest asked = Asked("protocols");
  EXPECT_EQ(asked.kind(), LookUpRequest::PROTOCOL);
  EXPECT_EQ(asked.protocol(), "");
  asked = Asked("protocol/irc");
  EXPECT_EQ(asked.kind(), LookUpRequest::PROTOCOL);
  EXPECT_EQ(asked.protocol(), "irc");
}

TEST_F(ThirdPartyRoutesTest, SearchByProtocolTakesAllFields) {
  LookUpRequest asked = Asked(
      "location/irc?channel=%23a&server=s&channel=%23b&access_token=person");
  EXPECT_EQ(asked.kind(), LookUpRequest::LOCATION);
  EXPECT_EQ(asked.protocol(), "irc");
  EXPECT_EQ(asked.matrix_id(), "");
  ASSERT_EQ(asked.fields().size(), 2u);
  EXPECT_EQ(asked.fields().at("channel"), "#a");
  EXPECT_EQ(asked.fields().at("server"), "s");
  asked = Asked("user/irc?nick=bob");
  EXPECT_EQ(asked.kind(), LookUpRequest::USER);
  EXPECT_EQ(asked.fields().at("nick"), "bob");
}

TEST_F(ThirdPartyRoutesTest, SearchByMatrixId) {
  LookUpRequest asked = Asked("location?alias=%23a:d");
  EXPECT_EQ(asked.kind(), LookUpRequest::LOCATION);
  EXPECT_EQ(asked.protocol(), "");
  EXPECT_EQ(asked.matrix_id(), "#a:d");
  EXPECT_THAT(asked.fields(), IsEmpty());
  asked = Asked("user?userid=%40a:d");
  EXPECT_EQ(asked.kind(), LookUpRequest::USER);
  EXPECT_EQ(asked.matrix_id(), "@a:d");
  EXPECT_EQ(Call("GET", "/_matrix/client/v3/thirdparty/user", "", "person")
                .body["errcode"],
            "M_MISSING_PARAM");
}

TEST_F(ThirdPartyRoutesTest, ErrorsAreThoseOfQueryProxy) {
  peers_.Fail(kLookUp, matrix::NotFound("such network"));
  EXPECT_EQ(
      Call("GET", "/_matrix/client/v3/thirdparty/protocol/x", "", "person")
          .body["errcode"],
      "M_NOT_FOUND");
  peers_.Fail(kLookUp, matrix::QueryTimedOut("irc"));
  const ApiAnswer slow =
      Call("GET", "/_matrix/client/v3/thirdparty/user/irc", "", "person");
  EXPECT_EQ(slow.status, 408);
  EXPECT_EQ(slow.body["errcode"], "M_CONNECTION_TIMEOUT");
}

TEST_F(ThirdPartyRoutesTest, NeedsAToken) {
  EXPECT_EQ(Call("GET", "/_matrix/client/v3/thirdparty/protocols").status, 401);
  EXPECT_EQ(Call("GET", "/_matrix/app/v1/user?uri=irc:x").status, 401);
  EXPECT_THAT(peers_.Requests<LookUpRequest>(kLookUp), IsEmpty());
}

TEST_F(ThirdPartyRoutesTest, UriIsLookedUp) {
  pb::LookUpUriResponse response;
  response.set_matrix_id("@irc_bob:hs.test");
  peers_.Answer(kLookUpUri, response);
  EXPECT_EQ(
      Call("GET", "/_matrix/app/v1/user?uri=irc%3A%2F%2Fa%2FBob", "", "person")
          .raw.body,
      R"({"user_id":"@irc_bob:hs.test"})");
  response.set_matrix_id("#irc_x:hs.test");
  peers_.Answer(kLookUpUri, response);
  EXPECT_EQ(
      Call("GET", "/_matrix/app/v1/alias?uri=irc:x", "", "as_irc").raw.body,
      R"({"alias":"#irc_x:hs.test"})");
  const auto asked = peers_.Requests<pb::LookUpUriRequest>(kLookUpUri);
  ASSERT_THAT(asked, SizeIs(2));
  EXPECT_EQ(asked[0].kind(), pb::LookUpUriRequest::USER);
  EXPECT_EQ(asked[0].uri(), "irc://a/Bob");
  EXPECT_EQ(asked[1].kind(), pb::LookUpUriRequest::ALIAS);
  EXPECT_EQ(Call("GET", "/_matrix/app/v1/user", "", "person").body["errcode"],
            "M_MISSING_PARAM");
}

}  // namespace
}  // namespace causeway::gateway
