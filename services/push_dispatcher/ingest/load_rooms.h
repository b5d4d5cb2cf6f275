#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_INGEST_LOAD_ROOMS_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_INGEST_LOAD_ROOMS_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "services/push_dispatcher/core/interest.h"
#include "services/push_dispatcher/core/queue_head.h"
#include "services/push_dispatcher/ingest/room_cache.h"
#include "services/push_dispatcher/store/ingest_store.h"

namespace causeway::push {

// Puts these rooms into `cache`, as `store` knows them and `rules` judge them.
// Blocks, unless there are none. Fails as IngestStore::LoadRooms().
absl::Status LoadRooms(IngestStore& store,
                       const std::shared_ptr<const InterestRules>& rules,
                       SourceId source_id,
                       const std::vector<std::string>& room_ids,
                       RoomCache& cache);

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_INGEST_LOAD_ROOMS_H_
