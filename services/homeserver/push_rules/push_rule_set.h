#ifndef CAUSEWAY_SERVICES_HOMESERVER_PUSH_RULES_PUSH_RULE_SET_H_
#define CAUSEWAY_SERVICES_HOMESERVER_PUSH_RULES_PUSH_RULE_SET_H_

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/shared/matrix/json.h"

// One user's push rules, as JSON: an object that has an array of rules for each
// kind. A user's own rules stand before the predefined ones, but the master
// rule, if there is one, is the first of all.
// Source: https://spec.matrix.org/v1.17/client-server-api/#push-rules
//
// Pure functions. INVALID_ARGUMENT (M_INVALID_PARAM, M_BAD_JSON,
// M_MISSING_PARAM) names the field; NOT_FOUND (M_NOT_FOUND) a rule that isn't
// there.
namespace causeway::homeserver {

inline constexpr size_t kPushRuleIdBytesMax = 255;

// Where in the rules: what is empty, and what follows it, isn't named.
struct PushRulePath {
  std::string scope;    // "global".
  std::string kind;     // "override", "content", "room", "sender", "underride"
  std::string rule_id;  // At most kPushRuleIdBytesMax.
  std::string attribute;  // "enabled" or "actions".
};

// Next to which of the user's own rules one is put. Both empty: where it is, or
// before all others.
struct PushRulePlace {
  std::string before;
  std::string after;
};

// What stands at `path`: all scopes, the kinds of one, an array of rules, a
// rule, or an object that holds the attribute.
absl::StatusOr<matrix::Json> FindPushRules(const matrix::Json& rules,
                                           const PushRulePath& path);

// Sets the rule or the attribute that `path` names. `content` is an object.
absl::Status SetPushRule(const PushRulePath& path, const matrix::Json& content,
                         const PushRulePlace& place, matrix::Json& rules);

// A rule of the user's own.
absl::Status DeletePushRule(const PushRulePath& path, matrix::Json& rules);

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_PUSH_RULES_PUSH_RULE_SET_H_
