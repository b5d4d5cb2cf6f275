#ifndef CAUSEWAY_SERVICES_HOMESERVER_ROOMS_SYNCS_WAITING_H_
#define CAUSEWAY_SERVICES_HOMESERVER_ROOMS_SYNCS_WAITING_H_

#include <prometheus/registry.h>

namespace causeway::homeserver {

// How many syncs wait for news, as RoomMetrics has told `registry`; for tests.
int SyncsWaiting(const prometheus::Registry& registry);

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_ROOMS_SYNCS_WAITING_H_
