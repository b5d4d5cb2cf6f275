#ifndef CAUSEWAY_SERVICES_HOMESERVER_EPHEMERAL_EPHEMERAL_SINK_H_
#define CAUSEWAY_SERVICES_HOMESERVER_EPHEMERAL_EPHEMERAL_SINK_H_

#include <string>
#include <vector>

namespace causeway::homeserver {

// One m.typing, m.receipt or m.presence event, for application services.
struct EphemeralEvent {
  // Of two with the same key the later one counts.
  std::string key;
  std::string json;
  // Of m.presence: the rooms that its sender is in.
  std::vector<std::string> room_ids = {};
};

// Where ephemeral events go for application services. No promise: what isn't
// taken is lost.
//
// Thread-safe. Doesn't block.
class EphemeralSink {
 public:
  virtual ~EphemeralSink() = default;

  virtual void Publish(EphemeralEvent event) = 0;
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_EPHEMERAL_EPHEMERAL_SINK_H_
