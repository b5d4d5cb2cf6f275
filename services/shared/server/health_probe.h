#ifndef CAUSEWAY_SERVICES_SHARED_SERVER_HEALTH_PROBE_H_
#define CAUSEWAY_SERVICES_SHARED_SERVER_HEALTH_PROBE_H_

#include "absl/status/status.h"
#include "services/shared/server/listen_address.h"

namespace causeway::server {

// Asks the process on this machine that listens at `http_listen` (as its
// --http_listen says; where that is all addresses, on loopback) whether it is
// ready: GET /readyz. For containers, whose images have no program for that.
//
// OK when it is. UNAVAILABLE otherwise: with what it answered (which check is
// not ok), or why there was no answer, within seconds. Blocks.
absl::Status AskWhetherReady(const ListenAddress& http_listen);

}  // namespace causeway::server

#endif  // CAUSEWAY_SERVICES_SHARED_SERVER_HEALTH_PROBE_H_
