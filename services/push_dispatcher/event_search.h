#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_EVENT_SEARCH_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_EVENT_SEARCH_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "services/push_dispatcher/core/queue_head.h"
#include "services/push_dispatcher/store/operator_store.h"

namespace causeway::push {

struct StoredEvent {
  SourceId source_id = 0;
  std::string source;
  int64_t position = 0;
  std::string json;
};

// How many bytes of events are searched, the newest of each source.
inline constexpr int64_t kSearchedBytesMax = 512 << 20;

// The event with this ID, of those that are stored; replays aside. Nothing
// indexes them, so it reads and decodes them all: for an operator's question,
// not for anything that comes often. Blocks. NOT_FOUND; DATA_LOSS when a
// segment is damaged; what the store fails with.
absl::StatusOr<StoredEvent> FindStoredEvent(OperatorStore& store,
                                            absl::string_view event_id);

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_EVENT_SEARCH_H_
