#ifndef CAUSEWAY_SERVICES_HOMESERVER_ACCOUNTS_FILTERS_H_
#define CAUSEWAY_SERVICES_HOMESERVER_ACCOUNTS_FILTERS_H_

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "services/homeserver/accounts/filter_store.h"
#include "services/shared/clock/clock.h"
#include "services/shared/matrix/identifiers.h"

namespace causeway::homeserver {

inline constexpr size_t kFilterBytesMax = 65536;

// The sync filters of users. An ID is made from the filter's own bytes, so
// that a client that makes the same filter at every start keeps one.
// Source: https://spec.matrix.org/v1.17/client-server-api/#filtering
//
// Thread-safe. Calls block on the store. UNAVAILABLE when it is away.
class Filters {
 public:
  // `store` and `clock` must outlive the filters.
  Filters(FilterStore& store, const Clock& clock);

  // The ID of the filter, which never begins with `{`: /sync tells IDs from
  // filters by that. INVALID_ARGUMENT (M_NOT_JSON, M_BAD_JSON, M_TOO_LARGE)
  // if it isn't a JSON object of at most kFilterBytesMax bytes; NOT_FOUND
  // (M_NOT_FOUND) if there is no such user; RESOURCE_EXHAUSTED
  // (M_RESOURCE_LIMIT_EXCEEDED) if the user has too many.
  absl::StatusOr<std::string> Create(const matrix::UserId& user_id,
                                     absl::string_view filter_json);

  // NOT_FOUND (M_NOT_FOUND) if the user has no such filter.
  absl::StatusOr<std::string> Get(const matrix::UserId& user_id,
                                  absl::string_view filter_id);

 private:
  FilterStore& store_;
  const Clock& clock_;
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_ACCOUNTS_FILTERS_H_
