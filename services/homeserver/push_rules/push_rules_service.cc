#include "services/homeserver/push_rules/push_rules_service.h"

#include "absl/status/statusor.h"
#include "services/homeserver/principal_proto.h"
#include "services/homeserver/push_rules/push_rule_set.h"
#include "services/shared/status/status_macros.h"

namespace causeway::homeserver {
namespace {

PushRulePath PathFromProto(const v1::PushRulePath& path) {
  return {.scope = path.scope(),
          .kind = path.kind(),
          .rule_id = path.rule_id(),
          .attribute = path.attribute()};
}

}  // namespace

PushRulesService::PushRulesService(PushRules& push_rules, KnownCallers& callers)
    : push_rules_(push_rules), callers_(callers) {}

grpc::ServerUnaryReactor* PushRulesService::GetPushRules(
    grpc::CallbackServerContext* context,
    const v1::GetPushRulesRequest* request,
    v1::GetPushRulesResponse* response) {
  return callers_.Serve(
      context, request, response,
      [this](const Caller& caller, const v1::GetPushRulesRequest& request)
          -> absl::StatusOr<v1::GetPushRulesResponse> {
        v1::GetPushRulesResponse answer;
        CAUSEWAY_ASSIGN_OR_RETURN(
            *answer.mutable_rules_json(),
            push_rules_.Get(caller.acting.user_id,
                            PathFromProto(request.path())));
        return answer;
      });
}

grpc::ServerUnaryReactor* PushRulesService::SetPushRule(
    grpc::CallbackServerContext* context, const v1::SetPushRuleRequest* request,
    v1::SetPushRuleResponse* response) {
  return callers_.Serve(
      context, request, response,
      [this](const Caller& caller, const v1::SetPushRuleRequest& request)
          -> absl::StatusOr<v1::SetPushRuleResponse> {
        CAUSEWAY_RETURN_IF_ERROR(push_rules_.Set(
            caller.acting.user_id, PathFromProto(request.path()),
            request.content_json(),
            {.before = request.before(), .after = request.after()}));
        return v1::SetPushRuleResponse();
      });
}

grpc::ServerUnaryReactor* PushRulesService::DeletePushRule(
    grpc::CallbackServerContext* context,
    const v1::DeletePushRuleRequest* request,
    v1::DeletePushRuleResponse* response) {
  return callers_.Serve(
      context, request, response,
      [this](const Caller& caller, const v1::DeletePushRuleRequest& request)
          -> absl::StatusOr<v1::DeletePushRuleResponse> {
        CAUSEWAY_RETURN_IF_ERROR(push_rules_.Delete(
            caller.acting.user_id, PathFromProto(request.path())));
        return v1::DeletePushRuleResponse();
      });
}

}  // namespace causeway::homeserver
