#ifndef CAUSEWAY_SERVICES_GATEWAY_INITIAL_SYNC_JSON_H_
#define CAUSEWAY_SERVICES_GATEWAY_INITIAL_SYNC_JSON_H_

#include <cstdint>
#include <string>

#include "causeway/homeserver/v1/homeserver.pb.h"

// The API before /sync: what there is, and the events that come after.
// Source: https://spec.matrix.org/v1.17/client-server-api/#get_matrixclientv3initialsync
namespace causeway::gateway {

// The filter of a sync that tells what an initialSync has to.
std::string InitialSyncFilter(int64_t limit, bool archived);

// The answer of GET /initialSync, of a first sync.
std::string InitialSyncAnswer(const homeserver::v1::SyncResponse& response);

// The answer of GET /events.
std::string EventsAnswer(const homeserver::v1::ListenEventsResponse& response);

}  // namespace causeway::gateway

#endif  // CAUSEWAY_SERVICES_GATEWAY_INITIAL_SYNC_JSON_H_
