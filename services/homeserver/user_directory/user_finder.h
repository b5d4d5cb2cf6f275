#ifndef CAUSEWAY_SERVICES_HOMESERVER_USER_DIRECTORY_USER_FINDER_H_
#define CAUSEWAY_SERVICES_HOMESERVER_USER_DIRECTORY_USER_FINDER_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "services/homeserver/accounts/profile.h"
#include "services/shared/matrix/identifiers.h"
#include "services/shared/postgres/pool.h"

namespace causeway::homeserver {

inline constexpr size_t kUserSearchTermBytesMax = 255;
inline constexpr int kUsersFoundDefault = 10;
inline constexpr int kUsersFoundMax = 50;

struct FoundUser {
  std::string user_id;
  Profile profile;
};

struct FoundUsers {
  std::vector<FoundUser> users;  // By user ID.
  bool limited = false;          // There are more.
};

// Finds users by their names: those who share a room with who asks, and those
// in rooms that everybody may join.
// Source: https://spec.matrix.org/v1.17/client-server-api/#user-directory
//
// It answers one question over the tables of users and rooms, so that it is
// nothing but SQL.
//
// Thread-safe. Calls block. UNAVAILABLE when the database is away.
class UserFinder {
 public:
  // `pool` must outlive the finder.
  explicit UserFinder(postgres::Pool& pool);

  // Those that have `term` in their user ID or display name, in any case; not
  // `viewer`. At most kUsersFoundMax, 0: kUsersFoundDefault. INVALID_ARGUMENT
  // (M_INVALID_PARAM) names the field.
  absl::StatusOr<FoundUsers> Find(const matrix::UserId& viewer,
                                  const std::string& term, int limit);

 private:
  postgres::Pool& pool_;
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_USER_DIRECTORY_USER_FINDER_H_
