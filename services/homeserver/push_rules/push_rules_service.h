#ifndef CAUSEWAY_SERVICES_HOMESERVER_PUSH_RULES_PUSH_RULES_SERVICE_H_
#define CAUSEWAY_SERVICES_HOMESERVER_PUSH_RULES_PUSH_RULES_SERVICE_H_

#include "causeway/homeserver/v1/push_rules.grpc.pb.h"
#include "services/homeserver/accounts/known_callers.h"
#include "services/homeserver/push_rules/push_rules.h"

namespace causeway::homeserver {

// causeway.homeserver.v1.PushRules: decodes, finds out who asks, calls the
// domain, encodes.
//
// Thread-safe.
class PushRulesService final : public v1::PushRules::CallbackService {
 public:
  // Both must outlive the service.
  PushRulesService(PushRules& push_rules, KnownCallers& callers);

  grpc::ServerUnaryReactor* GetPushRules(
      grpc::CallbackServerContext* context,
      const v1::GetPushRulesRequest* request,
      v1::GetPushRulesResponse* response) override;
  grpc::ServerUnaryReactor* SetPushRule(
      grpc::CallbackServerContext* context,
      const v1::SetPushRuleRequest* request,
      v1::SetPushRuleResponse* response) override;
  grpc::ServerUnaryReactor* DeletePushRule(
      grpc::CallbackServerContext* context,
      const v1::DeletePushRuleRequest* request,
      v1::DeletePushRuleResponse* response) override;

 private:
  PushRules& push_rules_;
  KnownCallers& callers_;
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_PUSH_RULES_PUSH_RULES_SERVICE_H_
