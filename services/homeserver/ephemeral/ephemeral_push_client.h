#ifndef CAUSEWAY_SERVICES_HOMESERVER_EPHEMERAL_EPHEMERAL_PUSH_CLIENT_H_
#define CAUSEWAY_SERVICES_HOMESERVER_EPHEMERAL_EPHEMERAL_PUSH_CLIENT_H_

#include <string>
#include <vector>

#include "absl/status/status.h"

namespace causeway::homeserver {

// push_dispatcher, as a source of ephemeral events sees it.
// Source: protos/causeway/push/v1/push.proto
//
// Thread-safe. Calls block, with a deadline of their own.
class EphemeralPushClient {
 public:
  virtual ~EphemeralPushClient() = default;

  virtual absl::Status PublishEphemeral(
      std::vector<std::string> event_jsons) = 0;
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_EPHEMERAL_EPHEMERAL_PUSH_CLIENT_H_
