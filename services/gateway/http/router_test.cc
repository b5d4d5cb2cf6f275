#include "services/gateway/http/router.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace causeway::gateway {
namespace {

const std::vector<RoutePattern>& Patterns() {
  static const auto* const patterns = new std::vector<RoutePattern>{
      {"POST", "/register", {}},
      {"GET", "/_matrix/client/versions", {}},
      {"POST", "/_matrix/client/{version}/register", {"r0", "v3", "api/v1"}},
      {"GET", "/_matrix/client/{version}/pushrules", {"v3"}},
      {"GET", "/_matrix/client/{version}/rooms/{room_id}/state", {"v3"}},
      {"GET",
       "/_matrix/client/{version}/rooms/{room_id}/state/{event_type}/"
       "{state_key?}",
       {"v3"}},
      {"PUT",
       "/_matrix/client/{version}/rooms/{room_id}/state/{event_type}/"
       "{state_key?}",
       {"v3"}},
      {"PUT", "/rooms/{room_id}/send/{event_type}", {}},
      {"GET", "/rooms/known/{what}", {}},
  };
  return *patterns;
}

Router::Result Find(absl::string_view method, absl::string_view path) {
  static const auto* const router = new Router(Patterns());
  const std::vector<std::string> segments = absl::StrSplit(path.substr(1), '/');
  return router->Find(method, segments);
}

struct FoundCase {
  std::string name;
  std::string method;
  std::string path;
  size_t route_index;
};

class FoundTest : public testing::TestWithParam<FoundCase> {};

TEST_P(FoundTest, FindsTheRoute) {
  const Router::Result result = Find(GetParam().method, GetParam().path);
  const auto* found = std::get_if<Router::Found>(&result);
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->route_index, GetParam().route_index);
}

INSTANTIATE_TEST_SUITE_P(
    All, FoundTest,
    testing::ValuesIn<FoundCase>({
        {"Bare", "POST", "/register", 0},
        {"TrailingSlash", "POST", "/register/", 0},
        {"HeadIsGet", "HEAD", "/_matrix/client/versions", 1},
        {"FirstVersion", "POST", "/_matrix/client/r0/register", 2},
        {"VersionOfTwoSegments", "POST", "/_matrix/client/api/v1/register", 2},
        {"PushrulesWithSlash", "GET", "/_matrix/client/v3/pushrules/", 3},
        {"WholeState", "GET", "/_matrix/client/v3/rooms/!a:d/state", 4},
        {"StateWithoutKey", "GET",
         "/_matrix/client/v3/rooms/!a:d/state/m.room.topic", 5},
        {"StateWithEmptyKey", "GET",
         "/_matrix/client/v3/rooms/!a:d/state/m.room.topic/", 5},
        {"StateWithKey", "PUT",
         "/_matrix/client/v3/rooms/!a:d/state/m.room.member/@b:d", 6},
        {"DraftSend", "PUT", "/rooms/!a:d/send/m.room.message", 7},
        {"LiteralWinsOverName", "GET", "/rooms/known/x", 8},
        {"BacktracksFromLiteral", "PUT", "/rooms/known/send/m.room.message", 7},
    }),
    [](const auto& info) { return info.param.name; });

struct NoRouteCase {
  std::string name;
  std::string path;
};

class NoRouteTest : public testing::TestWithParam<NoRouteCase> {};

TEST_P(NoRouteTest, FindsNothing) {
  EXPECT_TRUE(
      std::holds_alternative<Router::NoRoute>(Find("GET", GetParam().path)));
}

INSTANTIATE_TEST_SUITE_P(
    All, NoRouteTest,
    testing::ValuesIn<NoRouteCase>({
        {"Root", "/"},
        {"Unknown", "/nothing"},
        {"OnlyAPrefix", "/_matrix/client"},
        {"OtherVersion", "/_matrix/client/v1/register"},
        {"TooLong", "/_matrix/client/versions/x"},
        {"EmptyName", "/_matrix/client/v3/rooms//state"},
        {"TwoTrailingSlashes", "/_matrix/client/v3/pushrules//"},
        {"NameOfAVersion", "/_matrix/client/{version}/register"},
    }),
    [](const auto& info) { return info.param.name; });

TEST(RouterTest, WrongMethodTellsTheRightOnes) {
  const Router::Result result =
      Find("DELETE", "/_matrix/client/v3/rooms/!a:d/state/m.room.topic");
  const auto* wrong = std::get_if<Router::WrongMethod>(&result);
  ASSERT_NE(wrong, nullptr);
  EXPECT_EQ(wrong->allow, "GET, HEAD, OPTIONS, PUT");
}

TEST(RouterTest, ParametersHaveTheNamesOfThePattern) {
  const Router::Result result =
      Find("PUT", "/_matrix/client/v3/rooms/!a:d/state/m.room.member/@b:d");
  const PathParameters& parameters = std::get<Router::Found>(result).parameters;
  EXPECT_EQ(parameters.Get("room_id"), "!a:d");
  EXPECT_EQ(parameters.Get("event_type"), "m.room.member");
  EXPECT_EQ(parameters.Get("state_key"), "@b:d");
}

TEST(RouterTest, MissingOptionalParameterIsEmpty) {
  for (const char* slash : {"", "/"}) {
    const Router::Result result = Find(
        "GET", absl::StrCat("/_matrix/client/v3/rooms/!a:d/state/m.room.topic",
                            slash));
    EXPECT_EQ(std::get<Router::Found>(result).parameters.Get("state_key"), "");
  }
}

TEST(RouterDeathTest, RefusesTwoRoutesForOnePath) {
  const std::vector<RoutePattern> patterns = {{"GET", "/a/{b}", {}},
                                              {"GET", "/a/{c}", {}}};
  EXPECT_DEATH(Router router(patterns), "two routes are the same: GET /a/");
}

}  // namespace
}  // namespace causeway::gateway
