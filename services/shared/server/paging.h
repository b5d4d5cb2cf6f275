#ifndef CAUSEWAY_SERVICES_SHARED_SERVER_PAGING_H_
#define CAUSEWAY_SERVICES_SHARED_SERVER_PAGING_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace causeway::server {

// Pages of a list that is ordered by a name: a page token says after which name
// the page begins, so pages stay right while the list changes.
struct Page {
  std::string after;  // Empty: from the first.
  int size = 0;       // 1 to kPageSizeMax.
};

inline constexpr int kPageSizeDefault = 50;
inline constexpr int kPageSizeMax = 1000;

// INVALID_ARGUMENT (M_INVALID_PARAM) for a page_size below 0, or a page_token
// that no list has given.
absl::StatusOr<Page> ParsePage(int32_t page_size, absl::string_view page_token);

// The token of the page that begins after `name`.
std::string MakePageToken(absl::string_view name);

}  // namespace causeway::server

#endif  // CAUSEWAY_SERVICES_SHARED_SERVER_PAGING_H_
