#ifndef CAUSEWAY_SERVICES_HOMESERVER_PUSH_RULES_PUSH_RULES_H_
#define CAUSEWAY_SERVICES_HOMESERVER_PUSH_RULES_PUSH_RULES_H_

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "services/homeserver/account_data/user_data.h"
#include "services/homeserver/push_rules/push_rule_set.h"
#include "services/shared/matrix/identifiers.h"

namespace causeway::homeserver {

// The account data m.push_rules of a user who hasn't changed any rule.
std::string DefaultPushRulesContent(const matrix::UserId& user_id);

// Every user's push rules. They are kept as their account data m.push_rules,
// once they have changed any; that is how /sync tells clients.
//
// Errors of push_rule_set.h, and of UserData when there are too many.
//
// Thread-safe. Calls block on the store.
class PushRules {
 public:
  // `user_data` must outlive it.
  explicit PushRules(UserData& user_data);

  // What stands at `path`, as JSON.
  absl::StatusOr<std::string> Get(const matrix::UserId& user_id,
                                  const PushRulePath& path);
  // `path` names a rule or an attribute of one.
  absl::Status Set(const matrix::UserId& user_id, const PushRulePath& path,
                   absl::string_view content_json, const PushRulePlace& place);
  absl::Status Delete(const matrix::UserId& user_id, const PushRulePath& path);

 private:
  UserData& user_data_;
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_PUSH_RULES_PUSH_RULES_H_
