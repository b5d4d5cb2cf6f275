#ifndef CAUSEWAY_SERVICES_HOMESERVER_ROOMS_POSTGRES_ROOM_BATCH_H_
#define CAUSEWAY_SERVICES_HOMESERVER_ROOMS_POSTGRES_ROOM_BATCH_H_

#include <cstdint>
#include <map>
#include <optional>
#include <pqxx/pqxx>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "services/homeserver/rooms/event.h"
#include "services/homeserver/rooms/room_state.h"
#include "services/homeserver/rooms/room_state_cache.h"
#include "services/homeserver/rooms/room_store.h"
#include "services/shared/matrix/identifiers.h"
#include "services/shared/matrix/json.h"

namespace causeway::homeserver {

// Transactions of rooms (RoomStore) that follow one another within one of the
// database's: each sees what those before it did, and what one that failed
// wanted leaves no trace. Events are collected and written together.
//
// Thread-compatible. Calls throw what pqxx throws; then nothing counts, and the
// cache has to be cleared.
class PostgresRoomBatch {
 public:
  // Waits for the stream's lock. Both must outlive the batch.
  PostgresRoomBatch(pqxx::work& work, RoomStateCache& cache);

  // Reads what the bodies will ask for.
  absl::Status Foresee(absl::Span<const RoomStore::Foreseen* const> all);

  // The status of `body`.
  absl::Status Run(absl::FunctionRef<absl::Status(RoomTransaction&)> body);

  // Writes what was collected. Comes last, before the commit.
  void Flush();

  bool appended_anything() const { return appended_anything_; }
  int64_t position() const { return position_; }  // The last one given.
  const std::string& prefix_sha256() const { return prefix_sha256_; }

 private:
  friend class PostgresRoomTransaction;
  // scope, room_id, event_type, txn_id
  using TxnKey = std::tuple<std::string, std::string, std::string, std::string>;
  static TxnKey KeyOf(const ClientTxn& txn);

  // What an appended event does to the state: it ends what stands in its place
  // and begins to stand there itself.
  struct StateRow {
    int64_t position;
    std::optional<int64_t> replaced_position;
    std::optional<std::string> membership;
  };

  absl::Status LoadSent(const std::set<TxnKey>& txns);
  absl::Status LoadPlaces(
      const std::set<std::pair<std::string, StateKey>>& places);
  absl::StatusOr<RoomState> LoadState(const matrix::RoomId& room_id,
                                      const std::vector<StateKey>& places);
  absl::StatusOr<std::optional<std::string>> FindSent(const ClientTxn& txn);

  void AppendEvent(Event event);
  void AppendRecord(const std::string& hashed, matrix::Json row);
  void FlushState();

  pqxx::work& work_;
  RoomStateCache& cache_;
  int64_t position_ = 0;       // The last one given.
  std::string prefix_sha256_;  // Up to there.
  bool appended_anything_ = false;
  // The event that was sent so; empty: none was.
  std::map<TxnKey, std::optional<std::string>> sent_;

  // Not written yet.
  matrix::Json records_ = matrix::Json::array();
  std::map<std::string, std::map<StateKey, std::vector<StateRow>>> state_;
  matrix::Json sent_rows_ = matrix::Json::array();
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_ROOMS_POSTGRES_ROOM_BATCH_H_
