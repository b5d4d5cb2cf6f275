#ifndef CAUSEWAY_SERVICES_GATEWAY_SYNC_JSON_H_
#define CAUSEWAY_SERVICES_GATEWAY_SYNC_JSON_H_

#include <string>

#include "absl/strings/string_view.h"
#include "causeway/homeserver/v1/homeserver.pb.h"

// The answer of GET /sync, of events that stay the bytes they are.
// Source: https://spec.matrix.org/v1.17/client-server-api/#get_matrixclientv3sync
namespace causeway::gateway {

std::string SyncAnswer(const homeserver::v1::SyncResponse& response);

// Nothing has happened since `since`.
std::string EmptySyncAnswer(absl::string_view since);

}  // namespace causeway::gateway

#endif  // CAUSEWAY_SERVICES_GATEWAY_SYNC_JSON_H_
