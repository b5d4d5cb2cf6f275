#include <gmock/gmock.h>
#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
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
#include "services/ctl/command.h"
#include "services/ctl/command_flags.h"

namespace causeway::ctl {
namespace {

using google::protobuf::DescriptorPool;
using google::protobuf::FileDescriptor;
using google::protobuf::MethodDescriptor;
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

bool IsForOperators(const MethodDescriptor& method) {
  for (int i = 0; i < method.options().ExtensionSize(access::v1::callers);
       ++i) {
    if (method.options().GetExtension(access::v1::callers, i) ==
        access::v1::OPERATOR) {
      return true;
    }
  }
  return false;
}

// Of all services that there are.
std::vector<const FileDescriptor*> AllProtos() {
  return {homeserver::v1::ChangePasswordRequest::descriptor()->file(),
          homeserver::v1::ListUsersRequest::descriptor()->file(),
          homeserver::v1::UploadKeysRequest::descriptor()->file(),
          homeserver::v1::MediaInfo::descriptor()->file(),
          homeserver::v1::GetPushRulesRequest::descriptor()->file(),
          homeserver::v1::SearchUsersRequest::descriptor()->file(),
          push::v1::Queue::descriptor()->file(),
          query::v1::DiagnoseRequest::descriptor()->file(),
          registry::v1::Grant::descriptor()->file()};
}

// As the protos say who may call what.
TEST(AllCommandsTest, EachRpcForOperatorsIsCalledBySomeCommand) {
  const std::set<std::string> called = CalledRpcs();
  for (const FileDescriptor* file : AllProtos()) {
    for (int i = 0; i < file->service_count(); ++i) {
      for (int j = 0; j < file->service(i)->method_count(); ++j) {
        const MethodDescriptor& method = *file->service(i)->method(j);
        if (IsForOperators(method)) {
          EXPECT_THAT(called, Contains(Name(method)));
        }
      }
    }
  }
}

TEST(AllCommandsTest, EachRpcThatIsCalledIsThereForOperators) {
  for (const std::string& rpc : CalledRpcs()) {
    const MethodDescriptor* method =
        DescriptorPool::generated_pool()->FindMethodByName(
            absl::StrReplaceAll(rpc, {{"/", "."}}));
    ASSERT_NE(method, nullptr) << rpc;
    EXPECT_TRUE(IsForOperators(*method)) << rpc;
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
        "source", "user", "room", "doctor", "status", "request", "audit",
        "completion"}) {
    EXPECT_THAT(nouns, Contains(noun));
  }
  EXPECT_EQ(destroying, 10);
}

}  // namespace
}  // namespace causeway::ctl
