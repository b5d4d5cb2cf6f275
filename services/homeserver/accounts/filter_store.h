#ifndef CAUSEWAY_SERVICES_HOMESERVER_ACCOUNTS_FILTER_STORE_H_
#define CAUSEWAY_SERVICES_HOMESERVER_ACCOUNTS_FILTER_STORE_H_

#include <cstddef>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "services/shared/matrix/identifiers.h"

namespace causeway::homeserver {

// Clients keep one or two; what makes more is a client gone wrong.
inline constexpr int kFiltersPerUserMax = 1000;

// Keeps sync filters, JSON objects that were checked before.
//
// Thread-safe. Calls block. UNAVAILABLE when the database is away.
class FilterStore {
 public:
  virtual ~FilterStore() = default;

  // Does nothing if the user has a filter of that ID. NOT_FOUND if there is no
  // such user; RESOURCE_EXHAUSTED above kFiltersPerUserMax.
  virtual absl::Status PutFilter(const matrix::UserId& user_id,
                                 absl::string_view filter_id,
                                 absl::string_view filter_json,
                                 absl::Time create_time) = 0;

  // Empty if the user has no such filter.
  virtual absl::StatusOr<std::optional<std::string>> FindFilter(
      const matrix::UserId& user_id, absl::string_view filter_id) = 0;
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_ACCOUNTS_FILTER_STORE_H_
