#ifndef CAUSEWAY_SERVICES_SHARED_APPSERVICE_CLIENT_HS_TOKEN_MEMORY_H_
#define CAUSEWAY_SERVICES_SHARED_APPSERVICE_CLIENT_HS_TOKEN_MEMORY_H_

#include <string>

#include "absl/container/flat_hash_set.h"
#include "services/shared/appservice_client/appservice_client.h"

namespace causeway::appservice_client {

// Which of its two hs_tokens an application service takes, while they are being
// changed (AppserviceRequest.previous_hs_token): the one that it took last goes
// first, and the other one after a refusal.
//
// Thread-compatible.
class HsTokenMemory {
 public:
  // Before `request` is sent: its hs_token is the one to try first.
  void Choose(AppserviceRequest& request) const;

  // `request` was answered with `http_status`. True: that was a refusal, and
  // its hs_token is the other one now, to be sent again. That happens once:
  // `has_swapped` is of this request, and false before its first answer.
  bool SwapIfRefused(AppserviceRequest& request, int http_status,
                     bool& has_swapped);

 private:
  // Uids of those that refuse their newest one still. When there are too many,
  // all are forgotten; they are learnt again by one request more.
  absl::flat_hash_set<std::string> knows_previous_;
};

}  // namespace causeway::appservice_client

#endif  // CAUSEWAY_SERVICES_SHARED_APPSERVICE_CLIENT_HS_TOKEN_MEMORY_H_
