#include "services/homeserver/device_keys/device_keys.h"

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/homeserver/authorization.h"
#include "services/homeserver/device_keys/device_key_store.h"
#include "services/homeserver/device_keys/fake_device_key_store.h"
#include "services/homeserver/rooms/fake_room_store.h"
#include "services/homeserver/rooms/test_events.h"
#include "services/homeserver/updates/fake_update_log.h"
#include "services/shared/status/errcode.h"

namespace causeway::homeserver {
namespace {

constexpr char kKeysOfPhone[] =
    R"({"user_id":"@alice:hs","device_id":"PHONE"})";

class DeviceKeysTest : public ::testing::Test {
 protected:
  DeviceKeysTest() { store_.AddDevice("@alice:hs", "PHONE"); }

  static ActingUser OnDevice(const char* device_id) {
    return {.user_id = User("@alice:hs"),
            .device_id = device_id,
            .appservice_uid = "",
            .txn_scope = ""};
  }
  std::string UploadErrcode(const DeviceKeysUpload& upload) {
    return GetErrcode(keys_.Upload(phone_, upload).status());
  }
  std::string OneTimeErrcode(const std::vector<ClaimableKey>& keys) {
    return UploadErrcode({std::nullopt, keys, {}});
  }

  FakeUpdateLog log_;
  FakeRoomStore rooms_;
  FakeDeviceKeyStore store_{log_, rooms_};
  DeviceKeys keys_{store_};
  const ActingUser phone_ = OnDevice("PHONE");
};

TEST_F(DeviceKeysTest, KeysAreShownWithTheDevicesName) {
  ASSERT_TRUE(keys_.Upload(phone_, {kKeysOfPhone, {}, {}}).ok());
  store_.AddDevice("@alice:hs", "TABLET");
  auto found = keys_.Query({{"@alice:hs", {}}, {"@bob:hs", {}}}).value();
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].device_id, "PHONE");
  EXPECT_EQ(found[0].json, kKeysOfPhone);
  EXPECT_EQ(keys_.Query({{"@alice:hs", {"TABLET"}}}).value().size(), 0u);
  EXPECT_EQ(keys_.Query({{"@alice:hs", {"PHONE"}}}).value().size(), 1u);
}

TEST_F(DeviceKeysTest, KeysAreOfTheDeviceThatActs) {
  for (const char* other : {R"({"user_id":"@bob:hs","device_id":"PHONE"})",
                            R"({"user_id":"@alice:hs","device_id":"X"})"}) {
    EXPECT_EQ(UploadErrcode({other, {}, {}}), "M_INVALID_PARAM");
  }
  EXPECT_EQ(UploadErrcode({R"({"user_id":"@alice:hs"})", {}, {}}),
            "M_MISSING_PARAM");
  EXPECT_EQ(GetErrcode(keys_.Upload(OnDevice(""), {}).status()),
            "M_INVALID_PARAM");
  EXPECT_EQ(GetErrcode(keys_.Upload(OnDevice("ENDED"), {}).status()),
            "M_NOT_FOUND");
}

TEST_F(DeviceKeysTest, BoundsAreNamed) {
  EXPECT_EQ(UploadErrcode({std::string(8193, ' '), {}, {}}), "M_TOO_LARGE");
  EXPECT_EQ(OneTimeErrcode({{"", "1", "{}"}}), "M_INVALID_PARAM");
  EXPECT_EQ(OneTimeErrcode({{"a", "", "{}"}}), "M_INVALID_PARAM");
  EXPECT_EQ(OneTimeErrcode({{"a", std::string(254, 'i'), "{}"}}),
            "M_INVALID_PARAM");
  EXPECT_EQ(OneTimeErrcode({{"a", "1", "{}"}, {"a", "1", "{}"}}),
            "M_INVALID_PARAM");
  EXPECT_EQ(OneTimeErrcode({{"a", "1", "[]"}}), "M_BAD_JSON");
  EXPECT_EQ(OneTimeErrcode({{"a", "1", '"' + std::string(1024, 'k') + '"'}}),
            "M_TOO_LARGE");
  EXPECT_EQ(OneTimeErrcode(std::vector<ClaimableKey>(1001, {"a", "1", "{}"})),
            "M_INVALID_PARAM");
  std::vector<ClaimableKey> fallbacks;
  for (int i = 0; i < 11; ++i) {
    fallbacks.push_back({absl::StrCat("a", i), "1", "{}"});
  }
  EXPECT_EQ(UploadErrcode({std::nullopt, {}, fallbacks}), "M_INVALID_PARAM");
  EXPECT_EQ(
      GetErrcode(keys_.Query(std::vector<DeviceKeys::Wanted>(1001)).status()),
      "M_INVALID_PARAM");
  EXPECT_EQ(GetErrcode(keys_.Claim(std::vector<KeyClaim>(1001)).status()),
            "M_INVALID_PARAM");
}

TEST_F(DeviceKeysTest, WhatTheStoreRefusesIsNamed) {
  ASSERT_EQ(OneTimeErrcode({{"a", "1", R"("k")"}}), "");
  const absl::Status other =
      keys_.Upload(phone_, {std::nullopt, {{"a", "1", R"("l")"}}, {}}).status();
  EXPECT_EQ(other.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(GetErrcode(other), "M_UNKNOWN");
  std::vector<ClaimableKey> many;
  for (size_t i = 2; i <= kOneTimeKeysPerDeviceMax + 1; ++i) {
    many.push_back({"a", absl::StrCat(i), "{}"});
  }
  EXPECT_EQ(OneTimeErrcode(many), "M_RESOURCE_LIMIT_EXCEEDED");
  many.pop_back();
  EXPECT_EQ(OneTimeErrcode(many), "");
}

}  // namespace
}  // namespace causeway::homeserver
