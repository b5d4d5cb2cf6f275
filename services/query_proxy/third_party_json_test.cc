#include "services/query_proxy/third_party_json.h"

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/shared/matrix/json.h"

namespace causeway::query {
namespace {

using matrix::Json;

TEST(ProtocolInfoTest, NetworksAreGatheredUnderTheFirstObject) {
  const ProtocolInfo a =
      ParseProtocolInfo(R"({"icon":"mxc://a","instances":[)"
                        R"({"network_id":"freenode","desc":"Freenode"}]})",
                        "a")
          .value();
  const ProtocolInfo b =
      ParseProtocolInfo(R"({"icon":"mxc://b","instances":[)"
                        R"({"network_id":"oftc"},{"desc":"odd"}]})",
                        "b")
          .value();
  EXPECT_EQ(Json::parse(MergeProtocol({&a, &b})), Json::parse(R"({
    "icon": "mxc://a",
    "instances": [
      {"network_id": "freenode", "desc": "Freenode",
       "instance_id": "a|freenode"},
      {"network_id": "oftc", "instance_id": "b|oftc"},
      {"desc": "odd"}]})"));
}

TEST(ProtocolInfoTest, ObjectMayHoldNothingElse) {
  const ProtocolInfo info =
      ParseProtocolInfo(R"({"instances":[]})", "a").value();
  EXPECT_EQ(MergeProtocol({&info}), R"({"instances":[]})");
}

// Whatever an application service calls itself must not choose another's list.
TEST(ProtocolInfoTest, InstanceIdIsNotTheirs) {
  const ProtocolInfo info =
      ParseProtocolInfo(
          R"({"instances":[{"network_id":"n","instance_id":"other|n"}]})", "a")
          .value();
  EXPECT_EQ(Json::parse(info.instances[0])["instance_id"], "a|n");
}

TEST(ProtocolInfoTest, RefusesWhatIsNone) {
  for (const char* body :
       {"", "[]", "{}", R"({"instances":{}})", R"({"instances":[1]})"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(ParseProtocolInfo(body, "a").status()))
        << body;
  }
}

TEST(ProtocolInfoTest, MergedSizeIsBounded) {
  const std::string instance =
      absl::StrCat(R"({"desc":")", std::string(100000, 'x'), R"("})");
  const ProtocolInfo info{.object = "{}", .instances = {instance}};
  const std::vector<const ProtocolInfo*> infos(100, &info);
  const std::string merged = MergeProtocol(infos);
  EXPECT_LE(merged.size(), kMergedBytesMax + 100);
  EXPECT_EQ(Json::parse(merged)["instances"].size(), 20u);
}

TEST(EntryListTest, PutsAnswersTogether) {
  EntryList entries("alias");
  EXPECT_TRUE(entries.empty());
  EXPECT_TRUE(entries
                  .Add(R"([{"alias":"#a:d","protocol":"irc","fields":{"c":"1"}},
                           {"alias":"#b:d","protocol":"irc","fields":{}}])")
                  .ok());
  EXPECT_TRUE(entries.Add("[]").ok());
  EXPECT_TRUE(
      entries.Add(R"([{"alias":"#c:d","protocol":"irc","fields":{}}])").ok());
  const Json list = Json::parse(entries.json());
  ASSERT_EQ(list.size(), 3u);
  EXPECT_EQ(list[0]["fields"]["c"], "1");
  EXPECT_EQ(list[2]["alias"], "#c:d");
}

TEST(EntryListTest, LeavesOutWhatIsNoEntry) {
  EntryList entries("userid");
  EXPECT_TRUE(entries
                  .Add(R"([1, {}, {"userid":7,"protocol":"irc","fields":{}},
                           {"userid":"@a:d","fields":{}},
                           {"userid":"@a:d","protocol":"irc"},
                           {"alias":"#a:d","protocol":"irc","fields":{}}])")
                  .ok());
  EXPECT_TRUE(entries.empty());
  EXPECT_EQ(entries.json(), "[]");
  EXPECT_TRUE(absl::IsInvalidArgument(entries.Add("{}")));
  EXPECT_TRUE(absl::IsInvalidArgument(entries.Add("<html>")));
}

TEST(EntryListTest, IsBounded) {
  std::string many = "[";
  for (int i = 0; i < 800; ++i) {
    absl::StrAppend(&many, i > 0 ? "," : "",
                    R"({"alias":"#a:d","protocol":"irc","fields":{}})");
  }
  many += "]";
  EntryList entries("alias");
  EXPECT_TRUE(entries.Add(many).ok());
  EXPECT_TRUE(entries.Add(many).ok());
  EXPECT_EQ(Json::parse(entries.json()).size(), kMergedEntriesMax);

  const std::string large =
      absl::StrCat(R"([{"alias":"#a:d","protocol":"irc","fields":{"x":")",
                   std::string(100000, 'x'), R"("}}])");
  EntryList large_entries("alias");
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(large_entries.Add(large).ok());
  EXPECT_LE(large_entries.json().size(), kMergedBytesMax + 1000);
}

}  // namespace
}  // namespace causeway::query
