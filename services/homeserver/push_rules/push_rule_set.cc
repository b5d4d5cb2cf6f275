#include "services/homeserver/push_rules/push_rule_set.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/matrix/utf8.h"
#include "services/shared/status/status_macros.h"

namespace causeway::homeserver {
namespace {

using matrix::Json;

constexpr char kGlobal[] = "global";
constexpr char kMaster[] = ".m.rule.master";
constexpr char kEnabled[] = "enabled";
constexpr char kActions[] = "actions";
constexpr std::array<absl::string_view, 5> kKinds = {
    "override", "content", "room", "sender", "underride"};

absl::Status NoSuchRule(absl::string_view rule_id) {
  return matrix::NotFound(absl::StrCat("push rule ", matrix::Quote(rule_id)));
}

bool IsPredefined(absl::string_view rule_id) {
  return absl::StartsWith(rule_id, ".");
}

absl::Status CheckPath(const PushRulePath& path) {
  if (path.scope != kGlobal) {
    return matrix::InvalidParam("scope", R"(must be "global")");
  }
  if (!path.kind.empty() &&
      std::find(kKinds.begin(), kKinds.end(), path.kind) == kKinds.end()) {
    return matrix::InvalidParam(
        "kind", "must be override, content, room, sender or underride");
  }
  if (path.rule_id.size() > kPushRuleIdBytesMax) {
    return matrix::InvalidParam(
        "ruleId",
        absl::StrCat("must have at most ", kPushRuleIdBytesMax, " bytes"));
  }
  if (!path.attribute.empty() && path.attribute != kEnabled &&
      path.attribute != kActions) {
    return matrix::InvalidParam("attribute", "must be enabled or actions");
  }
  return absl::OkStatus();
}

Json::iterator FindRule(Json& of_kind, absl::string_view rule_id) {
  return std::find_if(of_kind.begin(), of_kind.end(), [&](const Json& rule) {
    return rule.at("rule_id").get_ref<const std::string&>() == rule_id;
  });
}

// Where a user's own rules begin.
Json::iterator FirstOwn(Json& of_kind) {
  const bool has_master =
      !of_kind.empty() && of_kind.front().at("rule_id") == kMaster;
  return std::next(of_kind.begin(), has_master ? 1 : 0);
}

absl::Status CheckActions(const Json& actions) {
  const bool are_fine =
      std::all_of(actions.begin(), actions.end(), [](const Json& action) {
        return action.is_string() || action.is_object();
      });
  if (are_fine) return absl::OkStatus();
  return matrix::BadJson(kActions, "must hold only strings and objects");
}

// A rule as a client sends it, made whole.
// Source: https://spec.matrix.org/v1.17/client-server-api/#put_matrixclientv3pushrulesglobalkindruleid
absl::StatusOr<Json> OwnRule(const PushRulePath& path, const Json& content) {
  CAUSEWAY_ASSIGN_OR_RETURN(const Json* actions,
                            matrix::GetArray(content, kActions));
  CAUSEWAY_RETURN_IF_ERROR(CheckActions(*actions));
  Json rule = {{"rule_id", path.rule_id},
               {"default", false},
               {kEnabled, true},
               {kActions, *actions}};
  if (path.kind == "content") {
    CAUSEWAY_ASSIGN_OR_RETURN(rule["pattern"],
                              matrix::GetString(content, "pattern"));
  } else if (path.kind == "override" || path.kind == "underride") {
    CAUSEWAY_ASSIGN_OR_RETURN(const Json* conditions,
                              matrix::GetOptionalArray(content, "conditions"));
    rule["conditions"] = conditions == nullptr ? Json::array() : *conditions;
  }
  return rule;
}

// The place before which a rule goes, among the user's own.
absl::StatusOr<Json::iterator> FindPlace(const PushRulePlace& place,
                                         Json& of_kind) {
  if (place.before.empty() && place.after.empty()) return FirstOwn(of_kind);
  const std::string& neighbour =
      place.before.empty() ? place.after : place.before;
  if (IsPredefined(neighbour)) {
    return matrix::InvalidParam(place.before.empty() ? "after" : "before",
                                "names a predefined rule");
  }
  const Json::iterator found = FindRule(of_kind, neighbour);
  if (found == of_kind.end()) return NoSuchRule(neighbour);
  return place.before.empty() ? std::next(found) : found;
}

absl::Status PutOwnRule(const PushRulePath& path, const Json& content,
                        const PushRulePlace& place, Json& of_kind) {
  if (IsPredefined(path.rule_id) ||
      path.rule_id.find_first_of("/\\") != std::string::npos) {
    return matrix::InvalidParam(
        "ruleId", R"(must not begin with "." nor hold "/" or "\")");
  }
  CAUSEWAY_ASSIGN_OR_RETURN(Json rule, OwnRule(path, content));
  Json::iterator old = FindRule(of_kind, path.rule_id);
  const bool stays = place.before.empty() && place.after.empty();
  if (old != of_kind.end()) {
    rule[kEnabled] = old->at(kEnabled);
    if (stays || place.before == path.rule_id || place.after == path.rule_id) {
      *old = std::move(rule);
      return absl::OkStatus();
    }
    of_kind.erase(old);
  }
  CAUSEWAY_ASSIGN_OR_RETURN(Json::iterator before, FindPlace(place, of_kind));
  of_kind.insert(before, std::move(rule));
  return absl::OkStatus();
}

absl::Status SetAttribute(const std::string& attribute, const Json& content,
                          Json& rule) {
  if (attribute == kEnabled) {
    CAUSEWAY_ASSIGN_OR_RETURN(rule[kEnabled],
                              matrix::GetBool(content, kEnabled));
    return absl::OkStatus();
  }
  CAUSEWAY_ASSIGN_OR_RETURN(const Json* actions,
                            matrix::GetArray(content, kActions));
  CAUSEWAY_RETURN_IF_ERROR(CheckActions(*actions));
  rule[kActions] = *actions;
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Json> FindPushRules(const Json& rules,
                                   const PushRulePath& path) {
  if (path.scope.empty()) return Json{{kGlobal, rules}};
  CAUSEWAY_RETURN_IF_ERROR(CheckPath(path));
  if (path.kind.empty()) return rules;
  Json of_kind = rules.at(path.kind);
  if (path.rule_id.empty()) return of_kind;
  const Json::iterator rule = FindRule(of_kind, path.rule_id);
  if (rule == of_kind.end()) return NoSuchRule(path.rule_id);
  if (path.attribute.empty()) return *rule;
  return Json{{path.attribute, rule->at(path.attribute)}};
}

absl::Status SetPushRule(const PushRulePath& path, const Json& content,
                         const PushRulePlace& place, Json& rules) {
  CAUSEWAY_RETURN_IF_ERROR(CheckPath(path));
  Json& of_kind = rules.at(path.kind);
  if (path.attribute.empty()) return PutOwnRule(path, content, place, of_kind);
  const Json::iterator rule = FindRule(of_kind, path.rule_id);
  if (rule == of_kind.end()) return NoSuchRule(path.rule_id);
  return SetAttribute(path.attribute, content, *rule);
}

absl::Status DeletePushRule(const PushRulePath& path, Json& rules) {
  CAUSEWAY_RETURN_IF_ERROR(CheckPath(path));
  Json& of_kind = rules.at(path.kind);
  const Json::iterator rule = FindRule(of_kind, path.rule_id);
  if (rule == of_kind.end()) return NoSuchRule(path.rule_id);
  if (IsPredefined(path.rule_id)) {
    return matrix::InvalidParam("ruleId", "is a predefined rule's");
  }
  of_kind.erase(rule);
  return absl::OkStatus();
}

}  // namespace causeway::homeserver
