#include "services/push_dispatcher/ingest/load_rooms.h"

#include "services/shared/status/status_macros.h"

namespace causeway::push {

absl::Status LoadRooms(IngestStore& store,
                       const std::shared_ptr<const InterestRules>& rules,
                       SourceId source_id,
                       const std::vector<std::string>& room_ids,
                       RoomCache& cache) {
  if (room_ids.empty()) return absl::OkStatus();
  CAUSEWAY_ASSIGN_OR_RETURN(auto facts, store.LoadRooms(source_id, room_ids));
  for (const std::string& room_id : room_ids) {
    cache.Insert(source_id, room_id,
                 RoomInterest(rules, room_id, facts[room_id]));
  }
  return absl::OkStatus();
}

}  // namespace causeway::push
