#include "services/gateway/key_routes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "causeway/homeserver/v1/keys.pb.h"
#include "services/gateway/api_fixture.h"

namespace causeway::gateway {
namespace {

namespace pb = causeway::homeserver::v1;
using ::testing::SizeIs;

constexpr char kKeys[] = "causeway.homeserver.v1.Keys/";
constexpr char kPath[] = "/_matrix/client/v3/keys";

class KeyRoutesTest : public ApiFixture {
 protected:
  // The one request that `method` got.
  template <typename Request>
  Request Asked(const char* method) {
    const auto asked = peers_.Requests<Request>(absl::StrCat(kKeys, method));
    EXPECT_THAT(asked, SizeIs(1));
    return asked.empty() ? Request() : asked[0];
  }
  ApiAnswer Post(const char* path, const std::string& body) {
    return Call("POST", absl::StrCat(kPath, path), body, "person");
  }
};

TEST_F(KeyRoutesTest, UploadIsTakenApartAndCounted) {
  pb::UploadKeysResponse response;
  pb::KeyCount& count = *response.add_one_time_key_counts();
  count.set_algorithm("signed_curve25519");
  count.set_count(20);
  peers_.Answer(absl::StrCat(kKeys, "UploadKeys"), response);
  EXPECT_EQ(Post("/upload", R"({"device_keys":{"user_id":"@a:hs"},)"
                            R"("one_time_keys":{"curve25519:A:B":"k"},)"
                            R"("fallback_keys":{"x:1":{"key":"f"}}})")
                .raw.body,
            R"({"one_time_key_counts":{"signed_curve25519":20}})");
  const auto asked = Asked<pb::UploadKeysRequest>("UploadKeys");
  EXPECT_EQ(asked.device_keys_json(), R"({"user_id":"@a:hs"})");
  ASSERT_EQ(asked.one_time_keys_size(), 1);
  EXPECT_EQ(asked.one_time_keys(0).algorithm(), "curve25519");
  EXPECT_EQ(asked.one_time_keys(0).id(), "A:B");
  EXPECT_EQ(asked.one_time_keys(0).key_json(), R"("k")");
  EXPECT_EQ(asked.fallback_keys(0).key_json(), R"({"key":"f"})");
}

TEST_F(KeyRoutesTest, QueryAnswersForEveryUserOfThisServer) {
  pb::QueryKeysResponse response;
  response.add_user_ids("@a:hs.test");
  response.add_user_ids("@b:hs.test");
  pb::QueryKeysResponse::Device& device = *response.add_devices();
  device.set_user_id("@a:hs.test");
  device.set_device_id("D");
  device.set_keys_json(R"({"k":1})");
  peers_.Answer(absl::StrCat(kKeys, "QueryKeys"), response);
  EXPECT_EQ(
      Post("/query", R"({"device_keys":{"@a:hs.test":[],"@b:hs.test":["X"]}})")
          .raw.body,
      R"({"device_keys":{"@a:hs.test":{"D":{"k":1}},"@b:hs.test":{}},)"
      R"("failures":{}})");
  const auto asked = Asked<pb::QueryKeysRequest>("QueryKeys");
  ASSERT_EQ(asked.users_size(), 2);
  EXPECT_EQ(asked.users(0).device_ids_size(), 0);
  EXPECT_EQ(asked.users(1).device_ids(0), "X");
}

TEST_F(KeyRoutesTest, ClaimAnswersByUserAndDevice) {
  pb::ClaimKeysResponse response;
  pb::ClaimKeysResponse::Key& key = *response.add_keys();
  key.set_user_id("@a:hs.test");
  key.set_device_id("D");
  key.set_name("x:1");
  key.set_key_json(R"({"key":"k"})");
  peers_.Answer(absl::StrCat(kKeys, "ClaimKeys"), response);
  EXPECT_EQ(
      Post("/claim", R"({"one_time_keys":{"@a:hs.test":{"D":"x"}}})").raw.body,
      R"({"one_time_keys":{"@a:hs.test":{"D":{"x:1":{"key":"k"}}}},)"
      R"("failures":{}})");
  const auto asked = Asked<pb::ClaimKeysRequest>("ClaimKeys");
  ASSERT_EQ(asked.devices_size(), 1);
  EXPECT_EQ(asked.devices(0).algorithm(), "x");
}

TEST_F(KeyRoutesTest, ChangesAreBetweenTwoTokens) {
  pb::GetKeyChangesResponse response;
  response.add_changed_user_ids("@a:hs.test");
  response.add_left_user_ids("@b:hs.test");
  peers_.Answer(absl::StrCat(kKeys, "GetKeyChanges"), response);
  EXPECT_EQ(
      Call("GET", absl::StrCat(kPath, "/changes?from=s1&to=s2"), "", "person")
          .raw.body,
      R"({"changed":["@a:hs.test"],"left":["@b:hs.test"]})");
  const auto asked = Asked<pb::GetKeyChangesRequest>("GetKeyChanges");
  EXPECT_EQ(asked.from(), "s1");
  EXPECT_EQ(asked.to(), "s2");
}

TEST_F(KeyRoutesTest, BadBodiesAreNamed) {
  for (const auto& [path, body] :
       {std::pair("/upload", R"({"one_time_keys":{"nocolon":"k"}})"),
        std::pair("/upload", R"({"device_keys":1})"),
        std::pair("/query", R"({"device_keys":{"@a:hs":{}}})"),
        std::pair("/query", R"({"device_keys":{"@a:hs":[1]}})"),
        std::pair("/claim", R"({"one_time_keys":{"@a:hs":1}})"),
        std::pair("/claim", R"({"one_time_keys":{"@a:hs":{"D":1}}})")}) {
    SCOPED_TRACE(body);
    const ApiAnswer answer = Post(path, body);
    EXPECT_EQ(answer.status, 400);
    EXPECT_EQ(answer.body["errcode"], "M_BAD_JSON");
  }
  EXPECT_EQ(Post("/query", "{}").body["errcode"], "M_MISSING_PARAM");
}

}  // namespace
}  // namespace causeway::gateway
