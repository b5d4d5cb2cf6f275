#include "services/shared/appservice_client/hs_token_memory.h"

#include <utility>

#include "services/shared/appservice_client/route_memory.h"

namespace causeway::appservice_client {

void HsTokenMemory::Choose(AppserviceRequest& request) const {
  if (!request.previous_hs_token.empty() &&
      knows_previous_.contains(request.appservice_uid)) {
    std::swap(request.hs_token, request.previous_hs_token);
  }
}

bool HsTokenMemory::SwapIfRefused(AppserviceRequest& request, int http_status,
                                  bool& has_swapped) {
  if (request.previous_hs_token.empty()) return false;
  const bool is_refused = http_status == 401 || http_status == 403;
  if (is_refused && !has_swapped) {
    has_swapped = true;
    std::swap(request.hs_token, request.previous_hs_token);
    return true;
  }
  if (is_refused || !has_swapped) return false;
  // The one that it knows goes first from now on.
  if (knows_previous_.erase(request.appservice_uid) == 0) {
    if (knows_previous_.size() == kRememberedMax) knows_previous_.clear();
    knows_previous_.insert(request.appservice_uid);
  }
  return false;
}

}  // namespace causeway::appservice_client
