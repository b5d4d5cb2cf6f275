#include "services/homeserver/rooms/syncs_waiting.h"

namespace causeway::homeserver {

int SyncsWaiting(const prometheus::Registry& registry) {
  for (const auto& family : registry.Collect()) {
    if (family.name == "causeway_homeserver_syncs_waiting") {
      return static_cast<int>(family.metric[0].gauge.value);
    }
  }
  return 0;
}

}  // namespace causeway::homeserver
