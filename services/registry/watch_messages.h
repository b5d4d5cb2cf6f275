#ifndef CAUSEWAY_SERVICES_REGISTRY_WATCH_MESSAGES_H_
#define CAUSEWAY_SERVICES_REGISTRY_WATCH_MESSAGES_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "causeway/registry/v1/registry.pb.h"
#include "services/registry/registry_state.h"

namespace causeway::registry {

// About how large a message of Watch may grow before another one is begun. (One
// registration alone can have a little more.)
inline constexpr size_t kWatchMessageBytesMax = 1 << 20;

// What brings a consumer to `revision`, as messages, at least one, of which the
// last is `complete`. An empty difference gives the message that only shows
// that the registry lives.
std::vector<v1::WatchResponse> ToWatchMessages(
    int64_t revision, const RegistryState::Difference& difference,
    const std::string& server_name, bool with_secrets);

}  // namespace causeway::registry

#endif  // CAUSEWAY_SERVICES_REGISTRY_WATCH_MESSAGES_H_
