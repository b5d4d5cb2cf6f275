#include "services/gateway/account_json.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/gateway/interactive_auth.h"
#include "services/gateway/raw_json.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/matrix/json.h"
#include "services/shared/matrix/utf8.h"
#include "services/shared/status/status_macros.h"

namespace causeway::gateway {
namespace {

namespace pb = causeway::homeserver::v1;
using matrix::Json;

constexpr absl::string_view kAppserviceType = "m.login.application_service";
constexpr absl::string_view kPasswordType = "m.login.password";

absl::StatusOr<std::string> GetStringOrEmpty(const Json& object,
                                             absl::string_view field) {
  CAUSEWAY_ASSIGN_OR_RETURN(std::optional<std::string> value,
                            matrix::GetOptionalString(object, field));
  return std::move(value).value_or("");
}

// The draft called the localpart `user`.
absl::StatusOr<std::string> GetUserName(const Json& body) {
  CAUSEWAY_ASSIGN_OR_RETURN(std::string name,
                            GetStringOrEmpty(body, "username"));
  if (!name.empty()) return name;
  return GetStringOrEmpty(body, "user");
}

absl::Status UnknownLogInType(absl::string_view field, absl::string_view type) {
  return matrix::MakeError(
      absl::StatusCode::kInvalidArgument, "M_UNKNOWN",
      absl::StrCat("field `", field, "`: ", matrix::Quote(type),
                   " is not a way to log in here"));
}

// `identifier`, or the older `user` beside the type.
absl::StatusOr<std::string> GetLogInUser(const Json& body) {
  CAUSEWAY_ASSIGN_OR_RETURN(const Json* identifier,
                            matrix::GetOptionalObject(body, "identifier"));
  if (identifier == nullptr) return matrix::GetString(body, "user");
  CAUSEWAY_ASSIGN_OR_RETURN(const std::string type,
                            matrix::GetString(*identifier, "type"));
  if (type != "m.id.user") return UnknownLogInType("identifier.type", type);
  return matrix::GetString(*identifier, "user");
}

}  // namespace

absl::StatusOr<UserRegistration> ParseUserRegistration(absl::string_view body) {
  CAUSEWAY_ASSIGN_OR_RETURN(const Json json,
                            matrix::ParseObjectOrNothing(body));
  UserRegistration registration;
  pb::RegisterUserRequest& request = registration.request;
  CAUSEWAY_ASSIGN_OR_RETURN(const std::string type,
                            GetStringOrEmpty(json, "type"));
  registration.by_appservice = type == kAppserviceType;
  CAUSEWAY_ASSIGN_OR_RETURN(*request.mutable_username(), GetUserName(json));
  CAUSEWAY_ASSIGN_OR_RETURN(*request.mutable_device_id(),
                            GetStringOrEmpty(json, "device_id"));
  CAUSEWAY_ASSIGN_OR_RETURN(
      *request.mutable_initial_device_display_name(),
      GetStringOrEmpty(json, "initial_device_display_name"));
  CAUSEWAY_ASSIGN_OR_RETURN(const std::optional<bool> inhibit_login,
                            matrix::GetOptionalBool(json, "inhibit_login"));
  request.set_inhibit_login(inhibit_login.value_or(false));
  if (registration.by_appservice) {
    if (request.username().empty()) return matrix::MissingParam("username");
    return registration;
  }
  CAUSEWAY_ASSIGN_OR_RETURN(*request.mutable_password(),
                            GetStringOrEmpty(json, "password"));
  CAUSEWAY_ASSIGN_OR_RETURN(registration.is_authenticated, HasDummyAuth(json));
  if (registration.is_authenticated && request.password().empty()) {
    return matrix::MissingParam("password");
  }
  return registration;
}

absl::StatusOr<LogIn> ParseLogIn(absl::string_view body) {
  CAUSEWAY_ASSIGN_OR_RETURN(const Json json, matrix::ParseObject(body));
  CAUSEWAY_ASSIGN_OR_RETURN(const std::string type,
                            matrix::GetString(json, "type"));
  LogIn log_in;
  log_in.by_appservice = type == kAppserviceType;
  if (!log_in.by_appservice && type != kPasswordType) {
    return UnknownLogInType("type", type);
  }
  CAUSEWAY_ASSIGN_OR_RETURN(*log_in.request.mutable_user(), GetLogInUser(json));
  if (!log_in.by_appservice) {
    CAUSEWAY_ASSIGN_OR_RETURN(*log_in.request.mutable_password(),
                              matrix::GetString(json, "password"));
  }
  CAUSEWAY_ASSIGN_OR_RETURN(*log_in.request.mutable_device_id(),
                            GetStringOrEmpty(json, "device_id"));
  CAUSEWAY_ASSIGN_OR_RETURN(
      *log_in.request.mutable_initial_device_display_name(),
      GetStringOrEmpty(json, "initial_device_display_name"));
  return log_in;
}

std::string LogInFlowsAnswer() {
  return R"({"flows":[{"type":"m.login.password"},)"
         R"({"type":"m.login.application_service"}]})";
}

std::string SessionAnswer(const pb::Session& session) {
  JsonObjectWriter answer;
  answer.AddString("user_id", session.user_id());
  if (!session.access_token().empty()) {
    answer.AddString("access_token", session.access_token());
    answer.AddString("device_id", session.device_id());
  }
  return answer.str();
}

std::string WhoAmIAnswer(const pb::WhoAmIResponse& response) {
  JsonObjectWriter answer;
  answer.AddString("user_id", response.user_id());
  if (!response.device_id().empty()) {
    answer.AddString("device_id", response.device_id());
  }
  return answer.Add("is_guest", "false").str();
}

absl::StatusOr<pb::Profile> ParseProfile(absl::string_view body,
                                         absl::string_view field) {
  CAUSEWAY_ASSIGN_OR_RETURN(const Json json, matrix::ParseObject(body));
  if (!field.empty() && !json.contains(std::string(field))) {
    return matrix::MissingParam(field);
  }
  pb::Profile profile;
  if (field != kAvatarUrlField && json.contains(kDisplayNameField)) {
    profile.set_has_display_name(true);
    CAUSEWAY_ASSIGN_OR_RETURN(*profile.mutable_display_name(),
                              GetStringOrEmpty(json, kDisplayNameField));
  }
  if (field != kDisplayNameField && json.contains(kAvatarUrlField)) {
    profile.set_has_avatar_url(true);
    CAUSEWAY_ASSIGN_OR_RETURN(*profile.mutable_avatar_url(),
                              GetStringOrEmpty(json, kAvatarUrlField));
  }
  return profile;
}

std::string ProfileAnswer(const pb::Profile& profile, absl::string_view field) {
  JsonObjectWriter answer;
  if (profile.has_display_name() && field != kAvatarUrlField) {
    answer.AddString(kDisplayNameField, profile.display_name());
  }
  if (profile.has_avatar_url() && field != kDisplayNameField) {
    answer.AddString(kAvatarUrlField, profile.avatar_url());
  }
  return answer.str();
}

}  // namespace causeway::gateway
