#ifndef CAUSEWAY_SERVICES_GATEWAY_ACCOUNT_JSON_H_
#define CAUSEWAY_SERVICES_GATEWAY_ACCOUNT_JSON_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "causeway/homeserver/v1/homeserver.pb.h"

// Accounts and profiles, between the client-server API's JSON and the
// homeserver's messages. Only types are judged here.
// Parse functions fail with INVALID_ARGUMENT (M_NOT_JSON, M_BAD_JSON,
// M_MISSING_PARAM), naming the field.
namespace causeway::gateway {

// The body of POST /register of a user.
// Source: https://spec.matrix.org/v1.17/client-server-api/#post_matrixclientv3register
struct UserRegistration {
  homeserver::v1::RegisterUserRequest request;
  // m.login.application_service: the as_token stands for the password.
  bool by_appservice = false;
  // A person has gone through the interactive stage (m.login.dummy).
  bool is_authenticated = false;
};
absl::StatusOr<UserRegistration> ParseUserRegistration(absl::string_view body);

// The body of POST /login.
struct LogIn {
  homeserver::v1::LogInRequest request;
  bool by_appservice = false;
};
// Besides: INVALID_ARGUMENT (M_UNKNOWN) for an unknown type.
absl::StatusOr<LogIn> ParseLogIn(absl::string_view body);

std::string LogInFlowsAnswer();
std::string SessionAnswer(const homeserver::v1::Session& session);
std::string WhoAmIAnswer(const homeserver::v1::WhoAmIResponse& response);

// The names of the profile's fields in the client-server API.
inline constexpr char kDisplayNameField[] = "displayname";
inline constexpr char kAvatarUrlField[] = "avatar_url";

// The body of PUT /profile/{user_id}/{field}; `field` empty: of the whole
// profile. A null takes the field away.
absl::StatusOr<homeserver::v1::Profile> ParseProfile(absl::string_view body,
                                                     absl::string_view field);
// `field` empty: all that are set.
std::string ProfileAnswer(const homeserver::v1::Profile& profile,
                          absl::string_view field);

}  // namespace causeway::gateway

#endif  // CAUSEWAY_SERVICES_GATEWAY_ACCOUNT_JSON_H_
