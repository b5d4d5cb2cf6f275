#include "services/registry/registration_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "absl/status/status.h"
#include "services/registry/registration.h"
#include "services/shared/namespaces/namespace_kind.h"

namespace causeway::registry {
namespace {

using enum namespaces::NamespaceKind;

TEST(RegistrationJsonTest, ComesBackAsItWas) {
  Registration registration;
  registration.id = "irc";
  registration.url = "https://a.test/";
  registration.sender_localpart = "bot";
  registration.namespaces = {{kUsers, "@b\\.\"'.*", true},
                             {kRooms, "!\xc3\xa4.*", false},
                             {kAliases, "#a.*", false}};
  registration.rate_limited = true;
  registration.protocols = {"irc", "\"x\""};
  registration.receive_ephemeral = true;
  registration.dialect = Dialect::kDraft;
  registration.extra_fields_yaml = "mine: 1\n";
  EXPECT_EQ(
      RegistrationFromJson(RegistrationToJson(registration).dump()).value(),
      registration);
  EXPECT_EQ(
      RegistrationFromJson(RegistrationToJson(Registration()).dump()).value(),
      Registration());
}

TEST(RegistrationJsonTest, WhatIsNoneIsDataLoss) {
  for (const char* text : {"", "[]", "{}", R"({"id":1})"}) {
    EXPECT_EQ(RegistrationFromJson(text).status().code(),
              absl::StatusCode::kDataLoss)
        << text;
  }
}

}  // namespace
}  // namespace causeway::registry
