#ifndef CAUSEWAY_SERVICES_HOMESERVER_ACCOUNT_DATA_ACCOUNT_DATA_STORE_H_
#define CAUSEWAY_SERVICES_HOMESERVER_ACCOUNT_DATA_ACCOUNT_DATA_STORE_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/shared/matrix/identifiers.h"

namespace causeway::homeserver {

// What one user may keep: a first sync tells all of it.
inline constexpr size_t kAccountDataBytesPerUserMax = 4 << 20;
inline constexpr size_t kAccountDataPerUserMax = 10000;

// Where a piece of account data stands.
struct AccountDataPlace {
  std::string room_id;  // Empty: it is of no room.
  std::string type;

  friend auto operator<=>(const AccountDataPlace&,
                          const AccountDataPlace&) = default;
};

struct AccountData {
  AccountDataPlace place;
  std::string content_json;
};

// Keeps account data, JSON objects that were checked before. Each change takes
// the next position of the updates.
//
// Thread-safe. Calls block. UNAVAILABLE when the database is away.
class AccountDataStore {
 public:
  virtual ~AccountDataStore() = default;

  // Makes the new content of the old one; nullopt: nothing stands there yet.
  using Change = absl::FunctionRef<absl::StatusOr<std::string>(
      const std::optional<std::string>& content_json)>;

  // Changes of one user follow one another. An error of `change` is returned,
  // and nothing happens. NOT_FOUND if there is no such user;
  // RESOURCE_EXHAUSTED if they would have more than the bounds above.
  virtual absl::Status Put(const matrix::UserId& user_id,
                           const AccountDataPlace& place, Change change) = 0;

  // Empty if nothing stands there.
  virtual absl::StatusOr<std::optional<std::string>> Find(
      const matrix::UserId& user_id, const AccountDataPlace& place) = 0;

  // What changed last in positions after `after` up to `up_to`, in their order.
  virtual absl::StatusOr<std::vector<AccountData>> ListAfter(
      const matrix::UserId& user_id, int64_t after, int64_t up_to) = 0;
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_ACCOUNT_DATA_ACCOUNT_DATA_STORE_H_
