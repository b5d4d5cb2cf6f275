#include "services/shared/access/access_rules.h"

#include <gmock/gmock.h>
#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "causeway/access/v1/access.pb.h"
#include "causeway/homeserver/v1/credentials.pb.h"
#include "causeway/homeserver/v1/homeserver.pb.h"
#include "causeway/homeserver/v1/keys.pb.h"
#include "causeway/homeserver/v1/media.pb.h"
#include "causeway/homeserver/v1/push_rules.pb.h"
#include "causeway/homeserver/v1/user_directory.pb.h"
#include "causeway/push/v1/push.pb.h"
#include "causeway/query/v1/query.pb.h"
#include "causeway/registry/v1/registry.pb.h"

namespace causeway::access {
namespace {

using google::protobuf::FileDescriptor;
using google::protobuf::MethodDescriptor;
using ::testing::HasSubstr;

std::vector<const MethodDescriptor*> MethodsOf(const FileDescriptor& file) {
  std::vector<const MethodDescriptor*> methods;
  for (int i = 0; i < file.service_count(); ++i) {
    for (int j = 0; j < file.service(i)->method_count(); ++j) {
      methods.push_back(file.service(i)->method(j));
    }
  }
  return methods;
}

class EveryRpcTest : public ::testing::TestWithParam<const FileDescriptor*> {};

TEST_P(EveryRpcTest, SaysWhoMayCallIt) {
  const auto methods = MethodsOf(*GetParam());
  ASSERT_FALSE(methods.empty());
  for (const MethodDescriptor* method : methods) {
    SCOPED_TRACE(method->full_name());
    const auto& options = method->options();
    EXPECT_GT(options.ExtensionSize(v1::callers), 0);
    for (int i = 0; i < options.ExtensionSize(v1::callers); ++i) {
      EXPECT_NE(options.GetExtension(v1::callers, i), v1::CALLER_UNSPECIFIED);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, EveryRpcTest,
    ::testing::Values(
        homeserver::v1::ChangePasswordRequest::descriptor()->file(),
        homeserver::v1::AuthenticateRequest::descriptor()->file(),
        homeserver::v1::UploadKeysRequest::descriptor()->file(),
        homeserver::v1::MediaInfo::descriptor()->file(),
        homeserver::v1::GetPushRulesRequest::descriptor()->file(),
        homeserver::v1::SearchUsersRequest::descriptor()->file(),
        push::v1::PublishRequest::descriptor()->file(),
        query::v1::PingRequest::descriptor()->file(),
        registry::v1::WatchRequest::descriptor()->file()));

constexpr char kCreateGrant[] = "/causeway.registry.v1.Registry/CreateGrant";
constexpr char kRegister[] = "/causeway.registry.v1.Registry/Register";
constexpr char kWatch[] = "/causeway.registry.v1.Registry/Watch";
constexpr char kHealth[] = "/grpc.health.v1.Health/Check";

struct Case {
  std::string name;
  std::string path;
  Caller caller;
  absl::StatusCode expected;
};

class AccessRulesTest : public ::testing::TestWithParam<Case> {};

TEST_P(AccessRulesTest, Decides) {
  const AccessRules rules({"causeway.registry.v1.Registry"});
  const absl::Status status = rules.Check(GetParam().path, GetParam().caller);
  EXPECT_EQ(status.code(), GetParam().expected) << status;
}

using enum absl::StatusCode;

INSTANTIATE_TEST_SUITE_P(
    All, AccessRulesTest,
    ::testing::Values(
        Case{
            "ServiceThatMay", kWatch, {.names = {"causeway-query-proxy"}}, kOk},
        Case{"OneOfItsNames",
             kWatch,
             {.names = {"localhost", "causeway-gateway"}},
             kOk},
        Case{"ServiceThatMayNot",
             kCreateGrant,
             {.names = {"causeway-gateway"}},
             kPermissionDenied},
        Case{"ServiceOfNoOne",
             kWatch,
             {.names = {"query_proxy", "causeway"}},
             kPermissionDenied},
        Case{"OperatorByCertificate",
             kCreateGrant,
             {.names = {"causeway-operator"}},
             kOk},
        Case{
            "OperatorByToken", kCreateGrant, {.has_operator_token = true}, kOk},
        Case{"OperatorBesideAService",
             kRegister,
             {.has_operator_token = true},
             kOk},
        Case{"OperatorIsNoService",
             kWatch,
             {.names = {"causeway-operator"}},
             kPermissionDenied},
        Case{"TokenIsNoService",
             kWatch,
             {.has_operator_token = true},
             kPermissionDenied},
        Case{"Nobody", kWatch, {}, kUnauthenticated},
        Case{"HealthForAnybodyKnown",
             kHealth,
             {.names = {"causeway-registry"}},
             kOk},
        Case{"HealthForNobody", kHealth, {}, kUnauthenticated},
        Case{"PlaintextService", kRegister, {.is_plaintext = true}, kOk},
        Case{"PlaintextHealth", kHealth, {.is_plaintext = true}, kOk},
        Case{"PlaintextOperator",
             kCreateGrant,
             {.is_plaintext = true},
             kUnauthenticated},
        Case{"PlaintextOperatorWithToken",
             kCreateGrant,
             {.has_operator_token = true, .is_plaintext = true},
             kOk}),
    [](const auto& info) { return info.param.name; });

TEST(AccessRefusalTest, NamesWhoMay) {
  const AccessRules rules({"causeway.registry.v1.Registry"});
  EXPECT_THAT(
      std::string(
          rules.Check(kRegister, {.names = {"causeway-push"}}).message()),
      HasSubstr("causeway-gateway, causeway-operator"));
}

}  // namespace
}  // namespace causeway::access
