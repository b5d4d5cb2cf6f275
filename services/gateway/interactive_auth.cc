#include "services/gateway/interactive_auth.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "services/gateway/raw_json.h"
#include "services/shared/matrix/token.h"
#include "services/shared/status/status_macros.h"

namespace causeway::gateway {
namespace {

using matrix::Json;

constexpr absl::string_view kDummyType = "m.login.dummy";
constexpr absl::string_view kPasswordType = "m.login.password";

// The `auth` object, if it is of this type; else null.
absl::StatusOr<const Json*> GetAuth(const Json& body, absl::string_view type) {
  CAUSEWAY_ASSIGN_OR_RETURN(const Json* auth,
                            matrix::GetOptionalObject(body, "auth"));
  if (auth == nullptr) return auth;
  CAUSEWAY_ASSIGN_OR_RETURN(const std::optional<std::string> auth_type,
                            matrix::GetOptionalString(*auth, "type"));
  return auth_type == type ? auth : nullptr;
}

}  // namespace

HttpResponse AuthWanted(AuthStage stage, bool is_wrong) {
  const absl::string_view type =
      stage == AuthStage::kDummy ? kDummyType : kPasswordType;
  JsonObjectWriter answer;
  answer.AddString("session", matrix::RandomHexToken())
      .Add("flows", absl::StrCat(R"([{"stages":[")", type, R"("]}])"))
      .Add("params", "{}");
  if (is_wrong) {
    answer.AddString("errcode", "M_FORBIDDEN")
        .AddString("error", "wrong user or password");
  }
  HttpResponse response;
  response.status = 401;
  response.body = answer.str();
  return response;
}

absl::StatusOr<bool> HasDummyAuth(const Json& body) {
  CAUSEWAY_ASSIGN_OR_RETURN(const Json* auth, GetAuth(body, kDummyType));
  return auth != nullptr;
}

absl::StatusOr<std::optional<homeserver::v1::PasswordProof>> ParsePasswordProof(
    const Json& body) {
  CAUSEWAY_ASSIGN_OR_RETURN(const Json* auth, GetAuth(body, kPasswordType));
  if (auth == nullptr) return std::nullopt;
  homeserver::v1::PasswordProof proof;
  // `user` beside the type is the older way.
  CAUSEWAY_ASSIGN_OR_RETURN(const Json* identifier,
                            matrix::GetOptionalObject(*auth, "identifier"));
  CAUSEWAY_ASSIGN_OR_RETURN(
      *proof.mutable_user(),
      matrix::GetString(identifier == nullptr ? *auth : *identifier, "user"));
  CAUSEWAY_ASSIGN_OR_RETURN(*proof.mutable_password(),
                            matrix::GetString(*auth, "password"));
  return proof;
}

}  // namespace causeway::gateway
