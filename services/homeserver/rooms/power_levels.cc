#include "services/homeserver/rooms/power_levels.h"

#include <algorithm>
#include <optional>

#include "absl/strings/str_cat.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/matrix/identifiers.h"
#include "services/shared/matrix/json.h"
#include "services/shared/matrix/utf8.h"
#include "services/shared/status/status_macros.h"

namespace causeway::homeserver {
namespace {

using matrix::Json;
using Levels = std::map<std::string, int64_t>;

constexpr const char* kScalars[] = {
    "users_default", "events_default", "state_default", "ban",
    "redact",        "kick",           "invite"};

absl::StatusOr<int64_t> ParseLevel(const Json& value, absl::string_view field) {
  if (!value.is_number_integer()) {
    return matrix::BadJson(field, "a power level must be an integer");
  }
  return value.get<int64_t>();
}

absl::StatusOr<Levels> ParseLevels(const Json& content, const char* field) {
  Levels levels;
  auto found = content.find(field);
  if (found == content.end()) return levels;
  if (!found->is_object()) return matrix::BadJson(field, "must be an object");
  for (const auto& [key, value] : found->items()) {
    CAUSEWAY_ASSIGN_OR_RETURN(
        levels[key],
        ParseLevel(value, absl::StrCat(field, "[", matrix::Quote(key), "]")));
  }
  return levels;
}

std::optional<int64_t> Find(const Levels& levels, const std::string& key) {
  auto found = levels.find(key);
  if (found == levels.end()) return std::nullopt;
  return found->second;
}

// The keys of both, each once.
std::map<std::string, bool> KeysOf(const Levels& a, const Levels& b) {
  std::map<std::string, bool> keys;
  for (const auto& [key, level] : a) keys[key] = true;
  for (const auto& [key, level] : b) keys[key] = true;
  return keys;
}

// Who changes power levels, and how much power that one has.
struct Changer {
  absl::string_view user_id;
  int64_t level;
};

// `key` is put from `before` to `after`, of which one or both are there.
absl::Status CheckChange(absl::string_view key, std::optional<int64_t> before,
                         std::optional<int64_t> after, const Changer& changer) {
  const int64_t needed =
      std::max(before.value_or(changer.level), after.value_or(changer.level));
  if (changer.level >= needed) return absl::OkStatus();
  return matrix::Forbidden(
      absl::StrCat("changing the power level of ", key, " takes power level ",
                   needed, ", ", changer.user_id, " has ", changer.level));
}

// Nothing above the changer's level may be changed, removed, added or changed
// to.
absl::Status CheckLevels(const Levels& current, const Levels& next,
                         absl::string_view what, const Changer& changer) {
  for (const auto& [key, unused] : KeysOf(current, next)) {
    std::optional<int64_t> before = Find(current, key);
    std::optional<int64_t> after = Find(next, key);
    if (before == after) continue;
    CAUSEWAY_RETURN_IF_ERROR(CheckChange(absl::StrCat(what, matrix::Quote(key)),
                                         before, after, changer));
  }
  return absl::OkStatus();
}

absl::Status CheckUsers(const Levels& current, const Levels& next,
                        const Changer& changer) {
  for (const auto& [user_id, unused] : KeysOf(current, next)) {
    std::optional<int64_t> before = Find(current, user_id);
    std::optional<int64_t> after = Find(next, user_id);
    if (before == after) continue;
    // Others who have a level are touched only by those who have more.
    if (before.has_value() && user_id != changer.user_id) ++*before;
    CAUSEWAY_RETURN_IF_ERROR(CheckChange(
        absl::StrCat("user ", matrix::Quote(user_id)), before, after, changer));
  }
  return absl::OkStatus();
}

}  // namespace

PowerLevels PowerLevels::WithoutEvent(absl::string_view creator) {
  PowerLevels levels;
  levels.users_[std::string(creator)] = kCreatorPowerLevel;
  levels.state_default_ = 0;
  return levels;
}

absl::StatusOr<PowerLevels> PowerLevels::Parse(absl::string_view content_json) {
  CAUSEWAY_ASSIGN_OR_RETURN(Json content, matrix::ParseObject(content_json));
  PowerLevels levels;
  for (const char* name : kScalars) {
    auto found = content.find(name);
    if (found == content.end()) continue;
    CAUSEWAY_ASSIGN_OR_RETURN(levels.scalars_[name], ParseLevel(*found, name));
  }
  CAUSEWAY_ASSIGN_OR_RETURN(levels.events_, ParseLevels(content, "events"));
  CAUSEWAY_ASSIGN_OR_RETURN(levels.notifications_,
                            ParseLevels(content, "notifications"));
  CAUSEWAY_ASSIGN_OR_RETURN(levels.users_, ParseLevels(content, "users"));
  for (const auto& [user_id, level] : levels.users_) {
    if (!matrix::UserId::Parse(user_id).ok()) {
      return matrix::BadJson(
          absl::StrCat("users[", matrix::Quote(user_id), "]"), "not a user ID");
    }
  }
  return levels;
}

int64_t PowerLevels::Scalar(const std::string& name,
                            int64_t default_value) const {
  return Find(scalars_, name).value_or(default_value);
}

int64_t PowerLevels::OfUser(absl::string_view user_id) const {
  return Find(users_, std::string(user_id))
      .value_or(Scalar("users_default", 0));
}

std::vector<std::string> PowerLevels::UsersWithOwnLevel() const {
  std::vector<std::string> users;
  users.reserve(users_.size());
  for (const auto& [user_id, unused] : users_) users.push_back(user_id);
  return users;
}

int64_t PowerLevels::ToSend(absl::string_view type, bool is_state) const {
  if (auto level = Find(events_, std::string(type))) return *level;
  return is_state ? Scalar("state_default", state_default_)
                  : Scalar("events_default", 0);
}

int64_t PowerLevels::ToInvite() const { return Scalar("invite", 0); }
int64_t PowerLevels::ToKick() const { return Scalar("kick", 50); }
int64_t PowerLevels::ToBan() const { return Scalar("ban", 50); }
int64_t PowerLevels::ToRedact() const { return Scalar("redact", 50); }

absl::Status CheckPowerLevelChange(const PowerLevels& current,
                                   const PowerLevels& next,
                                   absl::string_view sender) {
  const Changer changer = {.user_id = sender, .level = current.OfUser(sender)};
  CAUSEWAY_RETURN_IF_ERROR(
      CheckLevels(current.scalars_, next.scalars_, "", changer));
  CAUSEWAY_RETURN_IF_ERROR(
      CheckLevels(current.events_, next.events_, "event type ", changer));
  CAUSEWAY_RETURN_IF_ERROR(CheckLevels(
      current.notifications_, next.notifications_, "notification ", changer));
  return CheckUsers(current.users_, next.users_, changer);
}

}  // namespace causeway::homeserver
