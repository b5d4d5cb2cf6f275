#include "services/homeserver/account_data/user_data.h"

#include <string>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/homeserver/account_data/account_data_store.h"
#include "services/homeserver/account_data/fake_account_data_store.h"
#include "services/homeserver/updates/fake_update_log.h"
#include "services/shared/matrix/identifiers.h"
#include "services/shared/status/errcode.h"

namespace causeway::homeserver {
namespace {

constexpr char kRoom[] = "!r:hs";

class UserDataTest : public ::testing::Test {
 protected:
  FakeUpdateLog log_;
  FakeAccountDataStore store_{log_};
  UserData data_{store_};
  const matrix::UserId alice_ = matrix::UserId::Parse("@alice:hs").value();
};

TEST_F(UserDataTest, KeepsWhatItWasGiven) {
  ASSERT_TRUE(data_.Set(alice_, {"", "m.direct"}, R"({"a": 1})").ok());
  EXPECT_EQ(data_.Get(alice_, {"", "m.direct"}).value(), R"({"a": 1})");
  EXPECT_EQ(GetErrcode(data_.Get(alice_, {kRoom, "m.direct"}).status()),
            "M_NOT_FOUND");
}

TEST_F(UserDataTest, WhatTheServerWritesIsRefused) {
  for (const char* type : {kFullyReadType, kPushRulesType}) {
    const absl::Status status = data_.Set(alice_, {kRoom, type}, "{}");
    EXPECT_EQ(status.code(), absl::StatusCode::kUnimplemented);
    EXPECT_EQ(GetErrcode(status), "M_BAD_JSON");
  }
  ASSERT_TRUE(data_.SetFullyRead(alice_, kRoom, "$e").ok());
  EXPECT_EQ(data_.Get(alice_, {kRoom, kFullyReadType}).value(),
            R"({"event_id":"$e"})");
}

TEST_F(UserDataTest, BadRequestsAreNamed) {
  auto errcode = [&](const AccountDataPlace& place, const std::string& json) {
    return GetErrcode(data_.Set(alice_, place, json));
  };
  EXPECT_EQ(errcode({"", ""}, "{}"), "M_INVALID_PARAM");
  EXPECT_EQ(errcode({"", std::string(256, 'x')}, "{}"), "M_INVALID_PARAM");
  EXPECT_EQ(errcode({"room", "t"}, "{}"), "M_INVALID_PARAM");
  EXPECT_EQ(errcode({"", "t"}, "[]"), "M_BAD_JSON");
  EXPECT_EQ(errcode({"", "t"}, "{"), "M_NOT_JSON");
  EXPECT_EQ(errcode({"", "t"}, std::string(65537, ' ')), "M_TOO_LARGE");
  EXPECT_EQ(GetErrcode(data_.Set(matrix::UserId::Parse("@nobody:hs").value(),
                                 {"", "t"}, "{}")),
            "M_NOT_FOUND");
}

TEST_F(UserDataTest, TooMuchIsRefused) {
  std::string piece(65536, ' ');
  piece.replace(0, 2, "{}");
  absl::Status status;
  for (int i = 0; status.ok() && i < 100; ++i) {
    status = data_.Set(alice_, {"", std::to_string(i)}, piece);
  }
  EXPECT_EQ(GetErrcode(status), "M_RESOURCE_LIMIT_EXCEEDED");
}

TEST_F(UserDataTest, TagsStandSideBySide) {
  auto tags = [&] { return data_.Get(alice_, {kRoom, kTagType}).value(); };
  ASSERT_TRUE(data_.SetTag(alice_, kRoom, "u.a", R"({"order":0.5})").ok());
  ASSERT_TRUE(data_.SetTag(alice_, kRoom, "u.b", "{}").ok());
  EXPECT_EQ(tags(), R"({"tags":{"u.a":{"order":0.5},"u.b":{}}})");
  ASSERT_TRUE(data_.SetTag(alice_, kRoom, "u.a", "").ok());
  EXPECT_EQ(tags(), R"({"tags":{"u.b":{}}})");
  ASSERT_TRUE(data_.SetTag(alice_, kRoom, "u.unknown", "").ok());
  EXPECT_EQ(tags(), R"({"tags":{"u.b":{}}})");
}

TEST_F(UserDataTest, BadTagsAreRefused) {
  EXPECT_EQ(GetErrcode(data_.SetTag(alice_, kRoom, "", "{}")),
            "M_INVALID_PARAM");
  EXPECT_EQ(GetErrcode(data_.SetTag(alice_, kRoom, "u.a", "[]")), "M_BAD_JSON");
  absl::Status status;
  for (int i = 0; status.ok() && i < 1000; ++i) {
    status = data_.SetTag(alice_, kRoom,
                          std::string(200, 'x') + std::to_string(i), "{}");
  }
  EXPECT_EQ(GetErrcode(status), "M_TOO_LARGE");
}

}  // namespace
}  // namespace causeway::homeserver
