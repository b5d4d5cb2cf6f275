#ifndef CAUSEWAY_SERVICES_SHARED_REGISTRY_WATCH_NOT_HEARD_OF_H_
#define CAUSEWAY_SERVICES_SHARED_REGISTRY_WATCH_NOT_HEARD_OF_H_

#include "absl/status/status.h"

namespace causeway::registry_watch {

// UNAVAILABLE: no snapshot of the registry has come yet, so that nobody knows
// whose an ID is.
absl::Status RegistryNotHeardOf();

}  // namespace causeway::registry_watch

#endif  // CAUSEWAY_SERVICES_SHARED_REGISTRY_WATCH_NOT_HEARD_OF_H_
