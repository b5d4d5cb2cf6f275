#include "services/homeserver/push_rules/push_rules.h"

#include "absl/functional/function_ref.h"
#include "services/homeserver/push_rules/default_push_rules.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/matrix/json.h"
#include "services/shared/status/status_macros.h"

namespace causeway::homeserver {
namespace {

using matrix::Json;

constexpr char kGlobal[] = "global";

AccountDataPlace Place() { return {.room_id = "", .type = kPushRulesType}; }

// Of account data that was written here, or that isn't there.
absl::StatusOr<Json> Rules(const matrix::UserId& user_id,
                           const std::optional<std::string>& content_json) {
  if (!content_json.has_value()) return DefaultPushRules(user_id);
  CAUSEWAY_ASSIGN_OR_RETURN(Json content, matrix::ParseObject(*content_json));
  return content.at(kGlobal);
}

std::string Content(const Json& rules) {
  return matrix::DumpJson(Json{{kGlobal, rules}});
}

absl::Status CheckNamesRule(const PushRulePath& path) {
  if (!path.kind.empty() && !path.rule_id.empty()) return absl::OkStatus();
  return matrix::InvalidParam("ruleId", "is missing");
}

absl::Status Change(UserData& user_data, const matrix::UserId& user_id,
                    absl::FunctionRef<absl::Status(Json& rules)> change) {
  return user_data.Change(user_id, Place(),
                          [&](const std::optional<std::string>& before)
                              -> absl::StatusOr<std::string> {
                            CAUSEWAY_ASSIGN_OR_RETURN(Json rules,
                                                      Rules(user_id, before));
                            CAUSEWAY_RETURN_IF_ERROR(change(rules));
                            return Content(rules);
                          });
}

}  // namespace

std::string DefaultPushRulesContent(const matrix::UserId& user_id) {
  return Content(DefaultPushRules(user_id));
}

PushRules::PushRules(UserData& user_data) : user_data_(user_data) {}

absl::StatusOr<std::string> PushRules::Get(const matrix::UserId& user_id,
                                           const PushRulePath& path) {
  CAUSEWAY_ASSIGN_OR_RETURN(const std::optional<std::string> content,
                            user_data_.Find(user_id, Place()));
  CAUSEWAY_ASSIGN_OR_RETURN(const Json rules, Rules(user_id, content));
  CAUSEWAY_ASSIGN_OR_RETURN(const Json found, FindPushRules(rules, path));
  return matrix::DumpJson(found);
}

absl::Status PushRules::Set(const matrix::UserId& user_id,
                            const PushRulePath& path,
                            absl::string_view content_json,
                            const PushRulePlace& place) {
  CAUSEWAY_RETURN_IF_ERROR(CheckNamesRule(path));
  CAUSEWAY_ASSIGN_OR_RETURN(const Json content,
                            matrix::ParseObject(content_json));
  return Change(user_data_, user_id, [&](Json& rules) {
    return SetPushRule(path, content, place, rules);
  });
}

absl::Status PushRules::Delete(const matrix::UserId& user_id,
                               const PushRulePath& path) {
  CAUSEWAY_RETURN_IF_ERROR(CheckNamesRule(path));
  return Change(user_data_, user_id,
                [&](Json& rules) { return DeletePushRule(path, rules); });
}

}  // namespace causeway::homeserver
