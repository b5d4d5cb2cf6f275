#include "services/shared/server/paging.h"

#include <algorithm>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/matrix/utf8.h"

namespace causeway::server {

absl::StatusOr<Page> ParsePage(int32_t page_size,
                               absl::string_view page_token) {
  if (page_size < 0) {
    return matrix::InvalidParam("page_size", "is below 0");
  }
  Page page;
  page.size =
      page_size == 0 ? kPageSizeDefault : std::min(page_size, kPageSizeMax);
  if (!absl::WebSafeBase64Unescape(page_token, &page.after) ||
      !matrix::IsValidUtf8(page.after) || absl::StrContains(page.after, '\0')) {
    return matrix::InvalidParam("page_token", "isn't one of a previous page");
  }
  return page;
}

std::string MakePageToken(absl::string_view name) {
  return absl::WebSafeBase64Escape(name);
}

}  // namespace causeway::server
