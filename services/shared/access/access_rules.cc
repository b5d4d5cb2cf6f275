#include "services/shared/access/access_rules.h"

#include <google/protobuf/descriptor.h>

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "causeway/access/v1/access.pb.h"
#include "services/shared/tls/identity.h"

namespace causeway::access {
namespace {

std::string NameOf(v1::Caller caller) {
  return tls::CertificateName(absl::AsciiStrToLower(v1::Caller_Name(caller)));
}

bool IsAmong(const std::string& name, const std::vector<std::string>& names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

AccessRules::AccessRules(absl::Span<const std::string> services) {
  for (const std::string& name : services) {
    const google::protobuf::ServiceDescriptor* service =
        google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(
            name);
    for (int i = 0; service != nullptr && i < service->method_count(); ++i) {
      const google::protobuf::MethodDescriptor& method = *service->method(i);
      std::vector<std::string>& callers =
          callers_[absl::StrCat("/", name, "/", method.name())];
      for (int j = 0; j < method.options().ExtensionSize(v1::callers); ++j) {
        callers.push_back(
            NameOf(method.options().GetExtension(v1::callers, j)));
      }
    }
  }
}

absl::Status AccessRules::Check(absl::string_view path,
                                const Caller& caller) const {
  const std::string operator_name = NameOf(v1::OPERATOR);
  const auto rule = callers_.find(path);
  const bool is_known = !caller.names.empty() || caller.has_operator_token;
  if (rule == callers_.end()) {
    if (is_known || caller.is_plaintext) return absl::OkStatus();
    return absl::UnauthenticatedError("no certificate tells who calls");
  }
  const std::vector<std::string>& may = rule->second;
  if (caller.has_operator_token && IsAmong(operator_name, may)) {
    return absl::OkStatus();
  }
  if (caller.is_plaintext) {
    const bool is_for_operators_alone =
        may.size() == 1 && may.front() == operator_name;
    if (!is_for_operators_alone) return absl::OkStatus();
    return absl::UnauthenticatedError(
        "this is for operators: their token is wanted");
  }
  for (const std::string& name : caller.names) {
    if (IsAmong(name, may)) return absl::OkStatus();
  }
  if (!is_known) {
    return absl::UnauthenticatedError(
        "neither a certificate nor the operator token tells who calls");
  }
  return absl::PermissionDeniedError(
      absl::StrCat("this is for ", absl::StrJoin(may, ", "), " and not for ",
                   caller.names.empty() ? operator_name
                                        : absl::StrJoin(caller.names, ", ")));
}

}  // namespace causeway::access
