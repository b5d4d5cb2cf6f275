#include "services/push_dispatcher/ingest/ephemeral_router.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "services/push_dispatcher/core/interest.h"
#include "services/push_dispatcher/ingest/room_cache.h"
#include "services/shared/status/status_macros.h"

namespace causeway::push {
namespace {

constexpr size_t kRoomMembersMax = 200000;

constexpr char kPrivateReceipt[] = "m.read.private";

using Handle = InterestRules::Handle;

// Of the homeserver's rooms of this name, which it may have none of yet.
constexpr SourceId kNoSource = 0;

bool HasRoom(const EphemeralItem& item) { return !item.room_id.empty(); }

bool IsSamePresence(const EphemeralItem& a, const EphemeralItem& b) {
  return a.kind == EphemeralItem::Kind::kPresence && b.kind == a.kind &&
         a.user_id == b.user_id && a.json == b.json;
}

}  // namespace

// What is known since one moment, and forgotten as a whole.
struct EphemeralRouter::Known {
  Known(std::shared_ptr<const registry_watch::RegistrySnapshot> snapshot,
        absl::Duration now)
      : rules(std::make_shared<const InterestRules>(std::move(snapshot))),
        since(now) {
    const auto& all = rules->snapshot().registrations();
    for (size_t i = 0; i < all.size(); ++i) {
      wanted |= rules->EphemeralQueueOf(static_cast<Handle>(i)).has_value();
    }
  }

  // kNoSource of one that isn't known.
  SourceId IdOf(const std::string& source) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu);
  // The rooms of `items` that are to be read first.
  std::vector<std::string> RoomsToRead(const std::string& source,
                                       const EphemeralItems& items)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu);
  void RoomChanged(SourceId source_id, const std::string& room_id)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu);
  std::vector<AppserviceUid> QueuesFor(const EphemeralItem& item,
                                       SourceId source_id)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu);

  const std::shared_ptr<const InterestRules> rules;
  const absl::Duration since;
  bool wanted = false;  // Anybody wants any of it.

  // Held by who reads, so that none puts an older room over a newer one.
  absl::Mutex read_mu ABSL_ACQUIRED_BEFORE(mu);
  absl::Mutex mu;
  absl::flat_hash_map<std::string, SourceId> sources ABSL_GUARDED_BY(mu);
  RoomCache rooms ABSL_GUARDED_BY(mu){kRoomMembersMax};
  // By whoever has read_mu, or had it last; but for what has changed since.
  absl::flat_hash_set<std::string> being_read ABSL_GUARDED_BY(mu);
  // Rooms that have changed since they were read, or began to be. They stay,
  // for what is being routed, until they are read again.
  absl::flat_hash_set<std::pair<SourceId, std::string>> changed
      ABSL_GUARDED_BY(mu);
};

SourceId EphemeralRouter::Known::IdOf(const std::string& source) const {
  const auto found = sources.find(source);
  return found == sources.end() ? kNoSource : found->second;
}

std::vector<std::string> EphemeralRouter::Known::RoomsToRead(
    const std::string& source, const EphemeralItems& items) {
  const SourceId id = IdOf(source);
  absl::flat_hash_set<std::string> room_ids;
  for (const auto& item : items) {
    if (!HasRoom(*item)) continue;
    if (id == kNoSource || rooms.Find(id, item->room_id) == nullptr ||
        changed.contains({id, item->room_id})) {
      room_ids.insert(item->room_id);
    }
  }
  return {room_ids.begin(), room_ids.end()};
}

void EphemeralRouter::Known::RoomChanged(SourceId source_id,
                                         const std::string& room_id) {
  const bool was_being_read = being_read.erase(room_id) > 0;
  if (was_being_read || rooms.Contains(source_id, room_id)) {
    changed.insert({source_id, room_id});
  }
}

std::vector<AppserviceUid> EphemeralRouter::Known::QueuesFor(
    const EphemeralItem& item, SourceId source_id) {
  std::vector<AppserviceUid> queues;
  auto add = [&](Handle handle) {
    const std::optional<AppserviceUid> queue = rules->EphemeralQueueOf(handle);
    if (queue.has_value()) queues.push_back(*queue);
  };
  // Presence that tells a room is for whom the room interests.
  const auto users = rules->Match(InterestRules::Kind::kUsers, item.user_id);
  if (!HasRoom(item)) {
    for (const auto& hit : *users) add(hit.registration);
    return queues;
  }
  RoomInterest* room = rooms.Find(source_id, item.room_id);
  if (room == nullptr) return queues;  // Others have pushed it out since.
  const bool is_private = item.receipt_type == kPrivateReceipt;
  for (Handle handle : room->Interested()) {
    if (!is_private || namespaces::Includes(users, handle)) add(handle);
  }
  return queues;
}

EphemeralRouter::EphemeralRouter(IngestStore& store,
                                 const registry_watch::LatestSnapshot& applied,
                                 const Clock& clock, Deliver deliver)
    : store_(store),
      applied_(applied),
      clock_(clock),
      deliver_(std::move(deliver)) {}

EphemeralRouter::~EphemeralRouter() = default;

std::shared_ptr<EphemeralRouter::Known> EphemeralRouter::GetKnown() {
  auto snapshot = applied_.Snapshot();
  const absl::Duration now = clock_.MonotonicNow();
  absl::MutexLock lock(&mu_);
  if (known_ == nullptr || now - known_->since >= kKnownFor ||
      &known_->rules->snapshot() != snapshot.get()) {
    known_ = std::make_shared<Known>(std::move(snapshot), now);
  }
  return known_;
}

absl::Status EphemeralRouter::LoadRooms(const std::string& source,
                                        const EphemeralItems& items,
                                        Known& known) {
  {
    absl::MutexLock lock(&known.mu);
    if (known.RoomsToRead(source, items).empty()) return absl::OkStatus();
  }
  absl::MutexLock reading(&known.read_mu);
  std::vector<std::string> room_ids;
  SourceId source_id = kNoSource;
  {
    absl::MutexLock lock(&known.mu);
    room_ids = known.RoomsToRead(source, items);
    if (room_ids.empty()) return absl::OkStatus();
    source_id = known.IdOf(source);
    known.being_read = {room_ids.begin(), room_ids.end()};
  }
  if (source_id == kNoSource) {
    const absl::StatusOr<SourceState> state = store_.FindSource(source);
    if (!state.ok() && !absl::IsNotFound(state.status())) {
      return state.status();
    }
    if (state.ok()) source_id = state->id;
  }
  CAUSEWAY_ASSIGN_OR_RETURN(auto facts, store_.LoadRooms(source_id, room_ids));
  std::vector<std::pair<std::string, RoomInterest>> rooms;
  rooms.reserve(room_ids.size());
  for (const std::string& room_id : room_ids) {
    rooms.emplace_back(room_id,
                       RoomInterest(known.rules, room_id, facts[room_id]));
  }
  absl::MutexLock lock(&known.mu);
  if (source_id != kNoSource) known.sources[source] = source_id;
  known.rooms.Trim();
  for (auto& [room_id, room] : rooms) {
    known.rooms.Insert(source_id, room_id, std::move(room));
    if (known.being_read.contains(room_id)) {
      known.changed.erase({source_id, room_id});
    }
  }
  return absl::OkStatus();
}

void EphemeralRouter::Committed(const IngestBatch& batch) {
  if (batch.member_changes.empty() && batch.alias_changes.empty()) return;
  std::shared_ptr<Known> known;
  {
    absl::MutexLock lock(&mu_);
    known = known_;
  }
  if (known == nullptr) return;
  const SourceId source_id = batch.before.id;
  absl::MutexLock lock(&known->mu);
  for (const MemberChange& change : batch.member_changes) {
    known->RoomChanged(source_id, change.room_id);
  }
  for (const AliasChange& change : batch.alias_changes) {
    known->RoomChanged(source_id, change.room_id);
  }
}

absl::Status EphemeralRouter::Route(const std::string& source,
                                    const EphemeralItems& items) {
  const std::shared_ptr<Known> known = GetKnown();
  if (!known->wanted) return absl::OkStatus();
  CAUSEWAY_RETURN_IF_ERROR(LoadRooms(source, items, *known));
  std::map<AppserviceUid, EphemeralItems> by_queue;
  {
    absl::MutexLock lock(&known->mu);
    const SourceId source_id = known->IdOf(source);
    for (const auto& item : items) {
      for (AppserviceUid uid : known->QueuesFor(*item, source_id)) {
        EphemeralItems& of_queue = by_queue[uid];
        // A user's presence comes once for each room, one after the other.
        if (!of_queue.empty() && IsSamePresence(*of_queue.back(), *item)) {
          continue;
        }
        of_queue.push_back(item);
      }
    }
  }
  for (auto& [uid, of_queue] : by_queue) deliver_(uid, std::move(of_queue));
  return absl::OkStatus();
}

}  // namespace causeway::push
