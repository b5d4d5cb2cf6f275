#ifndef CAUSEWAY_SERVICES_HOMESERVER_ACCOUNT_DATA_USER_DATA_H_
#define CAUSEWAY_SERVICES_HOMESERVER_ACCOUNT_DATA_USER_DATA_H_

#include <cstddef>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "services/homeserver/account_data/account_data_store.h"
#include "services/shared/matrix/identifiers.h"

namespace causeway::homeserver {

inline constexpr size_t kAccountDataBytesMax = 65536;
inline constexpr size_t kTagBytesMax = 255;

inline constexpr char kFullyReadType[] = "m.fully_read";
inline constexpr char kPushRulesType[] = "m.push_rules";
inline constexpr char kTagType[] = "m.tag";

// What users keep for themselves, of all and of single rooms.
// Source: https://spec.matrix.org/v1.17/client-server-api/#client-config
//
// INVALID_ARGUMENT names the field and the bound; NOT_FOUND (M_NOT_FOUND) if
// there is no such user; RESOURCE_EXHAUSTED (M_RESOURCE_LIMIT_EXCEEDED) if they
// keep too much.
//
// Thread-safe. Calls block on the store.
class UserData {
 public:
  // `store` must outlive it.
  explicit UserData(AccountDataStore& store);

  // NOT_FOUND (M_NOT_FOUND) if nothing stands there.
  absl::StatusOr<std::string> Get(const matrix::UserId& user_id,
                                  const AccountDataPlace& place);
  // Nullopt if nothing stands there.
  absl::StatusOr<std::optional<std::string>> Find(
      const matrix::UserId& user_id, const AccountDataPlace& place);
  // UNIMPLEMENTED (M_BAD_JSON, 405 by the specification) for what the server
  // itself writes there.
  absl::Status Set(const matrix::UserId& user_id, const AccountDataPlace& place,
                   absl::string_view content_json);

  // Without `content_json` the tag is taken away.
  absl::Status SetTag(const matrix::UserId& user_id, const std::string& room_id,
                      const std::string& tag, absl::string_view content_json);

  absl::Status SetFullyRead(const matrix::UserId& user_id,
                            const std::string& room_id,
                            const std::string& event_id);

  // Also what the server itself writes. An error of `change` is returned, and
  // nothing happens.
  absl::Status Change(const matrix::UserId& user_id,
                      const AccountDataPlace& place,
                      AccountDataStore::Change change);

 private:
  AccountDataStore& store_;
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_ACCOUNT_DATA_USER_DATA_H_
