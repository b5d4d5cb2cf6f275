#include "services/push_dispatcher/ingest/ephemeral_router.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "absl/cleanup/cleanup.h"
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

// Of the rooms of one source.
struct RoomChanges {
  SourceId source_id = kNoSource;
  std::vector<MemberChange> members;
  std::vector<AliasChange> aliases;
};

bool HasRoom(const EphemeralItem& item) { return !item.room_id.empty(); }

bool IsSamePresence(const EphemeralItem& a, const EphemeralItem& b) {
  return a.kind == EphemeralItem::Kind::kPresence && b.kind == a.kind &&
         a.user_id == b.user_id && a.json == b.json;
}

}  // namespace

// What is known since one moment, and forgotten as a whole.
struct EphemeralRouter::Known {
  Known(std::shared_ptr<const InterestRules> in_force, absl::Duration now)
      : rules(std::move(in_force)), since(now) {
    const auto& all = rules->snapshot().registrations();
    for (size_t i = 0; i < all.size(); ++i) {
      wanted |= rules->EphemeralQueueOf(static_cast<Handle>(i)).has_value();
    }
  }

  // kNoSource of one that isn't known.
  SourceId IdOf(const std::string& source) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu);
  // Does to the rooms that are here what was taken in.
  void Apply(SourceId source_id, const std::vector<MemberChange>& members,
             const std::vector<AliasChange>& aliases)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu);
  std::vector<AppserviceUid> QueuesFor(const EphemeralItem& item,
                                       SourceId source_id)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu);

  const std::shared_ptr<const InterestRules> rules;
  const absl::Duration since;
  bool wanted = false;  // Anybody wants any of it.

  absl::Mutex mu;
  absl::flat_hash_map<std::string, SourceId> sources ABSL_GUARDED_BY(mu);
  RoomCache rooms ABSL_GUARDED_BY(mu){kRoomMembersMax};
  // How many read rooms just now, and what was taken in since the first of them
  // began: they may not see it.
  int reading_count ABSL_GUARDED_BY(mu) = 0;
  std::vector<RoomChanges> taken_in_meanwhile ABSL_GUARDED_BY(mu);
};

SourceId EphemeralRouter::Known::IdOf(const std::string& source) const {
  const auto found = sources.find(source);
  return found == sources.end() ? kNoSource : found->second;
}

void EphemeralRouter::Known::Apply(SourceId source_id,
                                   const std::vector<MemberChange>& members,
                                   const std::vector<AliasChange>& aliases) {
  for (const MemberChange& change : members) {
    RoomInterest* room = rooms.Find(source_id, change.room_id);
    if (room != nullptr) room->SetJoined(change.user_id, change.joined);
  }
  for (const AliasChange& change : aliases) {
    RoomInterest* room = rooms.Find(source_id, change.room_id);
    if (room != nullptr) room->SetAlias(change.room_alias, change.present);
  }
}

std::vector<AppserviceUid> EphemeralRouter::Known::QueuesFor(
    const EphemeralItem& item, SourceId source_id) {
  std::vector<AppserviceUid> queues;
  auto add = [&](Handle handle) {
    const std::optional<AppserviceUid> queue = rules->EphemeralQueueOf(handle);
    if (queue.has_value()) queues.push_back(*queue);
  };
  const bool is_private = item.receipt_type == kPrivateReceipt;
  namespaces::NamespaceHits users;
  if (!HasRoom(item) || is_private) {
    users = rules->Match(InterestRules::Kind::kUsers, item.user_id);
  }
  // Presence that tells a room is for whom the room interests.
  if (!HasRoom(item)) {
    for (const auto& hit : *users) add(hit.registration);
    return queues;
  }
  RoomInterest* room = rooms.Find(source_id, item.room_id);
  if (room == nullptr) return queues;  // Others have pushed it out since.
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
  std::shared_ptr<Known> known;
  {
    absl::MutexLock lock(&mu_);
    known = known_;
  }
  std::shared_ptr<const InterestRules> rules;
  if (known != nullptr && &known->rules->snapshot() == snapshot.get()) {
    if (now - known->since < kKnownFor) return known;
    rules = known->rules;
  } else {
    rules = std::make_shared<const InterestRules>(std::move(snapshot));
  }
  known = std::make_shared<Known>(std::move(rules), now);
  absl::MutexLock lock(&mu_);
  known_ = known;
  return known;
}

absl::Status EphemeralRouter::LoadRooms(const std::string& source,
                                        const EphemeralItems& items,
                                        Known& known) {
  absl::flat_hash_set<std::string> missing;
  SourceId source_id = kNoSource;
  {
    absl::MutexLock lock(&known.mu);
    source_id = known.IdOf(source);
    for (const auto& item : items) {
      if (HasRoom(*item) &&
          (source_id == kNoSource ||
           known.rooms.Find(source_id, item->room_id) == nullptr)) {
        missing.insert(item->room_id);
      }
    }
    if (missing.empty()) return absl::OkStatus();
    ++known.reading_count;
  }
  const absl::Cleanup end = [&known] {
    absl::MutexLock lock(&known.mu);
    if (--known.reading_count == 0) known.taken_in_meanwhile.clear();
  };
  if (source_id == kNoSource) {
    const absl::StatusOr<SourceState> state = store_.FindSource(source);
    if (!state.ok() && !absl::IsNotFound(state.status())) {
      return state.status();
    }
    if (state.ok()) source_id = state->id;
  }
  const std::vector<std::string> room_ids(missing.begin(), missing.end());
  absl::flat_hash_map<std::string, RoomFacts> facts;
  if (source_id != kNoSource) {
    CAUSEWAY_ASSIGN_OR_RETURN(facts, store_.LoadRooms(source_id, room_ids));
  }
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
  }
  for (const RoomChanges& changes : known.taken_in_meanwhile) {
    known.Apply(changes.source_id, changes.members, changes.aliases);
  }
  return absl::OkStatus();
}

void EphemeralRouter::Committed(const IngestBatch& batch) {
  const std::vector<MemberChange>& members = batch.member_changes;
  const std::vector<AliasChange>& aliases = batch.alias_changes;
  if (members.empty() && aliases.empty()) return;
  std::shared_ptr<Known> known;
  {
    absl::MutexLock lock(&mu_);
    known = known_;
  }
  if (known == nullptr || !known->wanted) return;
  absl::MutexLock lock(&known->mu);
  known->Apply(batch.before.id, members, aliases);
  if (known->reading_count > 0) {
    known->taken_in_meanwhile.push_back({batch.before.id, members, aliases});
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
