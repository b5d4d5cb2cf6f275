#include "services/gateway/push_rule_routes.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/gateway/room_json.h"
#include "services/shared/server/await_call.h"
#include "services/shared/status/status_macros.h"

namespace causeway::gateway {
namespace {

namespace pb = causeway::homeserver::v1;
using Async = pb::PushRules::StubInterface::async_interface;

constexpr const char* kPaths[] = {
    "/pushrules",
    "/pushrules/{scope}",
    "/pushrules/{scope}/{kind}",
    "/pushrules/{scope}/{kind}/{rule_id}",
    "/pushrules/{scope}/{kind}/{rule_id}/{attribute}",
};
constexpr int kRuleDepth = 3;
constexpr int kAttributeDepth = 4;

pb::PushRulePath PathOf(const RoutedRequest& request, int depth) {
  pb::PushRulePath path;
  if (depth > 0) path.set_scope(request.path.Get("scope"));
  if (depth > 1) path.set_kind(request.path.Get("kind"));
  if (depth > 2) path.set_rule_id(request.path.Get("rule_id"));
  if (depth > 3) path.set_attribute(request.path.Get("attribute"));
  return path;
}

}  // namespace

PushRuleRoutes::PushRuleRoutes(pb::PushRules::StubInterface& push_rules)
    : push_rules_(push_rules) {}

RouteTable PushRuleRoutes::Routes() {
  RouteTable table;
  const auto add = [&table](const char* method, int depth,
                            RouteHandler handler) {
    table.push_back(
        {.pattern = {method,
                     absl::StrCat("/_matrix/client/{version}", kPaths[depth]),
                     AllClientVersions()},
         .auth = RouteAuth::kRequired,
         .handler = std::move(handler)});
  };
  for (int depth = 0; depth <= kAttributeDepth; ++depth) {
    add("GET", depth, [this, depth](const RoutedRequest& request) {
      return Get(request, depth);
    });
  }
  for (int depth : {kRuleDepth, kAttributeDepth}) {
    add("PUT", depth, [this, depth](const RoutedRequest& request) {
      return Set(request, depth);
    });
  }
  add("DELETE", kRuleDepth,
      [this](const RoutedRequest& request) { return Delete(request); });
  return table;
}

PushRuleRoutes::Answer PushRuleRoutes::Get(const RoutedRequest& request,
                                           int depth) {
  pb::GetPushRulesRequest get;
  *get.mutable_principal() = request.principal;
  *get.mutable_path() = PathOf(request, depth);
  CAUSEWAY_CO_ASSIGN_OR_RETURN(
      pb::GetPushRulesResponse response,
      co_await server::AwaitCall(request.call, push_rules_.async(),
                                 &Async::GetPushRules, std::move(get)));
  co_return JsonResponse(std::move(*response.mutable_rules_json()));
}

PushRuleRoutes::Answer PushRuleRoutes::Set(const RoutedRequest& request,
                                           int depth) {
  CAUSEWAY_CO_RETURN_IF_ERROR(CheckObject(request.http.body));
  const QueryParameters& query = request.http.parsed.query;
  pb::SetPushRuleRequest set;
  *set.mutable_principal() = request.principal;
  *set.mutable_path() = PathOf(request, depth);
  set.set_content_json(request.http.body);
  set.set_before(std::string(query.FirstOrEmpty("before")));
  set.set_after(std::string(query.FirstOrEmpty("after")));
  CAUSEWAY_CO_RETURN_IF_ERROR(
      (co_await server::AwaitCall(request.call, push_rules_.async(),
                                  &Async::SetPushRule, std::move(set)))
          .status());
  co_return HttpResponse();
}

PushRuleRoutes::Answer PushRuleRoutes::Delete(const RoutedRequest& request) {
  pb::DeletePushRuleRequest remove;
  *remove.mutable_principal() = request.principal;
  *remove.mutable_path() = PathOf(request, kRuleDepth);
  CAUSEWAY_CO_RETURN_IF_ERROR(
      (co_await server::AwaitCall(request.call, push_rules_.async(),
                                  &Async::DeletePushRule, std::move(remove)))
          .status());
  co_return HttpResponse();
}

}  // namespace causeway::gateway
