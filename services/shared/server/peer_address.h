#ifndef CAUSEWAY_SERVICES_SHARED_SERVER_PEER_ADDRESS_H_
#define CAUSEWAY_SERVICES_SHARED_SERVER_PEER_ADDRESS_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace causeway::server {

// INVALID_ARGUMENT when `address` is not host:port, as the address of another
// service has to be: "registry:7101", "127.0.0.1:7101", "[::1]:7101". Whether
// anybody is there is for readiness to tell.
absl::Status CheckPeerAddress(absl::string_view address);

}  // namespace causeway::server

#endif  // CAUSEWAY_SERVICES_SHARED_SERVER_PEER_ADDRESS_H_
