#include <gmock/gmock.h>
#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "services/ctl/command.h"
#include "services/ctl/command_flags.h"

namespace causeway::ctl {
namespace {

using google::protobuf::DescriptorPool;
using google::protobuf::MethodDescriptor;
using google::protobuf::ServiceDescriptor;
using ::testing::Contains;

std::set<std::string> CalledRpcs() {
  std::set<std::string> called;
  for (const Command& command : AllCommands()) {
    called.insert(command.rpcs.begin(), command.rpcs.end());
  }
  return called;
}

// "causeway.push.v1.PushOperator/GetQueue".
std::string Name(const MethodDescriptor& method) {
  return absl::StrCat(method.service()->full_name(), "/", method.name());
}

struct OperatorService {
  const char* name;
  std::set<std::string> not_for_operators;
};

// Services with RPCs for operators, and what else they have.
const OperatorService kOperatorServices[] = {
    {"causeway.push.v1.PushOperator", {}},
    {"causeway.registry.v1.Registry", {"Watch"}},
    {"causeway.query.v1.QueryProxy",
     {"QueryUser", "QueryRoomAlias", "LookUpThirdParty", "LookUpUri"}},
    {"causeway.homeserver.v1.Media",
     {"CreateMedia", "GetMediaInfo", "ReadMedia"}},
};

TEST(AllCommandsTest, EachRpcForOperatorsIsCalledBySomeCommand) {
  const std::set<std::string> called = CalledRpcs();
  for (const OperatorService& service : kOperatorServices) {
    const ServiceDescriptor* descriptor =
        DescriptorPool::generated_pool()->FindServiceByName(service.name);
    ASSERT_NE(descriptor, nullptr) << service.name;
    for (const std::string& other : service.not_for_operators) {
      EXPECT_NE(descriptor->FindMethodByName(other), nullptr) << other;
    }
    for (int i = 0; i < descriptor->method_count(); ++i) {
      const MethodDescriptor& method = *descriptor->method(i);
      if (service.not_for_operators.contains(method.name())) continue;
      EXPECT_THAT(called, Contains(Name(method)));
    }
  }
  for (const char* rpc : {"causeway.homeserver.v1.Accounts/ListUsers",
                          "causeway.homeserver.v1.Rooms/ListRooms",
                          "causeway.homeserver.v1.Rooms/FindEvent"}) {
    EXPECT_THAT(called, Contains(rpc));
  }
}

TEST(AllCommandsTest, EachRpcThatIsNamedIsThere) {
  for (const std::string& rpc : CalledRpcs()) {
    EXPECT_NE(DescriptorPool::generated_pool()->FindMethodByName(
                  absl::StrReplaceAll(rpc, {{"/", "."}})),
              nullptr)
        << rpc;
  }
}

TEST(AllCommandsTest, EachNameAndFlagMeansOneThing) {
  std::set<std::string> names;
  for (const Command& command : AllCommands()) {
    const std::string name = absl::StrCat(command.noun, " ", command.verb);
    EXPECT_TRUE(names.insert(name).second) << name;
    std::set<std::string> flags;
    for (const FlagSpec& flag : GlobalFlags()) flags.insert(flag.name);
    for (const FlagSpec& flag : FlagsOf(command)) {
      EXPECT_TRUE(flags.insert(flag.name).second) << name << " --" << flag.name;
    }
  }
}

TEST(AllCommandsTest, NounsAreAllThere) {
  std::set<std::string> nouns;
  int destroying = 0;
  for (const Command& command : AllCommands()) {
    nouns.insert(command.noun);
    destroying += command.destroys.empty() ? 0 : 1;
  }
  for (const char* noun :
       {"grant", "appservice", "namespace", "queue", "transaction", "lease",
        "user", "room", "doctor", "status", "request", "audit", "completion"}) {
    EXPECT_THAT(nouns, Contains(noun));
  }
  EXPECT_EQ(destroying, 8);
}

}  // namespace
}  // namespace causeway::ctl
