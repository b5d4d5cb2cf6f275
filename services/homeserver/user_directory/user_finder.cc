#include "services/homeserver/user_directory/user_finder.h"

#include <algorithm>
#include <optional>
#include <pqxx/pqxx>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/status/status_macros.h"

namespace causeway::homeserver {
namespace {

// Whoever has the name comes first into question, since a room may have
// thousands of members: the rooms are looked at until one is found. PostgreSQL
// looks into no JSON with a U+0000 anywhere, so that is read as another
// character.
constexpr char kFind[] = R"sql(
  SELECT user_id, display_name, avatar_url
  FROM users
  WHERE user_id <> $1 AND deactivate_time IS NULL
    AND (strpos(lower(user_id), lower($2)) > 0
      OR strpos(lower(coalesce(display_name, '')), lower($2)) > 0)
    AND EXISTS (
      SELECT FROM room_state AS member
      WHERE member.type = 'm.room.member' AND member.state_key = users.user_id
        AND member.membership = 'join' AND member.replaced_position IS NULL
        AND (EXISTS (
          SELECT FROM room_state AS own
          WHERE own.room_id = member.room_id AND own.type = 'm.room.member'
            AND own.state_key = $1 AND own.membership = 'join'
            AND own.replaced_position IS NULL)
        OR EXISTS (
          SELECT FROM room_state AS rule JOIN stream USING (position)
          WHERE rule.room_id = member.room_id
            AND rule.type = 'm.room.join_rules' AND rule.state_key = ''
            AND rule.replaced_position IS NULL
            AND replace(coalesce(served_json, event_json), '\u0000',
              '\u0001')::json #>> '{content,join_rule}' = 'public')))
  ORDER BY user_id COLLATE "C" LIMIT $3)sql";

std::optional<std::string> OptionalText(const pqxx::field& field) {
  if (field.is_null()) return std::nullopt;
  return field.as<std::string>();
}

}  // namespace

UserFinder::UserFinder(postgres::Pool& pool) : pool_(pool) {}

absl::StatusOr<FoundUsers> UserFinder::Find(const matrix::UserId& viewer,
                                            const std::string& term,
                                            int limit) {
  if (term.empty() || term.size() > kUserSearchTermBytesMax ||
      absl::StrContains(term, '\0')) {
    return matrix::InvalidParam(
        "search_term", absl::StrCat("must have 1 to ", kUserSearchTermBytesMax,
                                    " bytes, none of them U+0000"));
  }
  if (limit < 0) return matrix::InvalidParam("limit", "must not be negative");
  const int wanted =
      std::min(limit == 0 ? kUsersFoundDefault : limit, kUsersFoundMax);
  FoundUsers found;
  CAUSEWAY_RETURN_IF_ERROR(pool_.Run([&](pqxx::work& work) {
    found = FoundUsers();
    // One more than fits tells whether there are more.
    for (const pqxx::row& row :
         work.exec_params(kFind, viewer.str(), term, wanted + 1)) {
      if (found.users.size() == static_cast<size_t>(wanted)) {
        found.limited = true;
        break;
      }
      found.users.push_back({.user_id = row[0].as<std::string>(),
                             .profile = {.display_name = OptionalText(row[1]),
                                         .avatar_url = OptionalText(row[2])}});
    }
    return absl::OkStatus();
  }));
  return found;
}

}  // namespace causeway::homeserver
