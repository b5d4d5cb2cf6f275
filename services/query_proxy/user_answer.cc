#include "services/query_proxy/user_answer.h"

#include <cstddef>
#include <optional>
#include <string>
#include <utility>

#include "services/shared/matrix/json.h"
#include "services/shared/status/status_macros.h"

namespace causeway::query {
namespace {

constexpr size_t kDisplayNameBytesMax = 512;
constexpr size_t kAvatarUrlBytesMax = 2048;

// Empty when it isn't there, or too long to be kept.
absl::StatusOr<std::string> ProfileField(const matrix::Json& profile,
                                         absl::string_view field,
                                         size_t bytes_max) {
  CAUSEWAY_ASSIGN_OR_RETURN(std::optional<std::string> value,
                            matrix::GetOptionalString(profile, field));
  if (!value.has_value() || value->size() > bytes_max) return std::string();
  return *std::move(value);
}

}  // namespace

absl::StatusOr<Answer> ParseUserAnswer(absl::string_view body) {
  CAUSEWAY_ASSIGN_OR_RETURN(matrix::Json json,
                            matrix::ParseObjectOrNothing(body));
  CAUSEWAY_ASSIGN_OR_RETURN(const matrix::Json* profile,
                            matrix::GetOptionalObject(json, "profile"));
  Answer answer{.outcome = Outcome::kExistsCreate};
  if (profile == nullptr) {
    if (json.contains("errcode")) answer.outcome = Outcome::kLookAgain;
    return answer;
  }
  CAUSEWAY_ASSIGN_OR_RETURN(
      answer.profile.display_name,
      ProfileField(*profile, "display_name", kDisplayNameBytesMax));
  CAUSEWAY_ASSIGN_OR_RETURN(
      answer.profile.avatar_url,
      ProfileField(*profile, "avatar_url", kAvatarUrlBytesMax));
  return answer;
}

}  // namespace causeway::query
