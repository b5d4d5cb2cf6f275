// Which application services (ASes) an event concerns.
// Source: https://spec.matrix.org/v1.17/application-service-api/#registration
//
// Those with a namespace, or an own user, that matches
//   - the room ID                                     (rooms)
//   - any alias of the room                           (aliases)
//   - the sender                                      (users)
//   - the state_key, if it is an m.room.member event  (users)
//   - any local user who is joined to the room        (users)
// An event that changes membership is judged by the room before and after it:
// an AS whose last user leaves is still told so.
#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_CORE_INTEREST_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_CORE_INTEREST_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "services/push_dispatcher/core/queue_head.h"
#include "services/shared/namespaces/namespace_index.h"
#include "services/shared/namespaces/namespace_kind.h"
#include "services/shared/registry_watch/registry_snapshot.h"

namespace causeway::push {

// One revision of the registry, as far as push needs it: who matches what, and
// which of them have a queue. An AS without a URL wants no traffic, and has
// none.
//
// Immutable. Thread-safe.
class InterestRules {
 public:
  using Kind = namespaces::NamespaceKind;
  using Handle = namespaces::RegistrationHandle;

  explicit InterestRules(
      std::shared_ptr<const registry_watch::RegistrySnapshot> snapshot);

  int64_t revision() const { return snapshot_->revision(); }
  const registry_watch::RegistrySnapshot& snapshot() const {
    return *snapshot_;
  }
  namespaces::NamespaceHits Match(Kind kind, absl::string_view id) const {
    return snapshot_->Match(kind, id);
  }
  // Empty: it has no queue.
  std::optional<AppserviceUid> QueueOf(Handle handle) const {
    return queues_[handle];
  }
  // The same for what only those get that asked for it (receive_ephemeral):
  // ephemeral data and to-device messages.
  std::optional<AppserviceUid> EphemeralQueueOf(Handle handle) const;
  // Whether the user is one of the homeserver's own.
  bool IsLocal(absl::string_view user_id) const;

 private:
  const std::shared_ptr<const registry_watch::RegistrySnapshot> snapshot_;
  std::vector<std::optional<AppserviceUid>> queues_;  // By handle.
};

// The uid as a number; empty when it isn't one.
std::optional<AppserviceUid> ParseUid(absl::string_view uid);

// What routing an event needs of it.
struct RoutedEvent {
  absl::string_view room_id = {};
  absl::string_view sender = {};
  // Of m.room.member events only.
  std::optional<absl::string_view> member = {};
  bool joined = false;  // `member` is joined from this event on.
};

// One ID by which a service is interested in an event.
struct InterestReason {
  enum class Rule { kRoomId, kAlias, kSender, kStateKey, kJoinedMember };
  Rule rule = Rule::kRoomId;
  std::string id;

  InterestRules::Kind kind() const;
  bool operator==(const InterestReason&) const = default;
};

// What there is to know of a room before the next event.
struct RoomFacts {
  std::vector<std::string> joined_members = {};  // Local ones.
  std::vector<std::string> aliases = {};
};

// Who is interested in one room, kept up to date event by event.
//
// Every joined local member is kept, whether or not a namespace matches today:
// a later registration finds its rooms by them.
//
// Thread-compatible.
class RoomInterest {
 public:
  using Handle = InterestRules::Handle;

  RoomInterest(std::shared_ptr<const InterestRules> rules,
               absl::string_view room_id, const RoomFacts& facts);

  // Whom the room interests, whatever happens in it; in order, each once. The
  // span lives until the next call.
  absl::Span<const Handle> Interested();
  // Whom an event in it interests, likewise. Doesn't take the event in.
  absl::Span<const Handle> Match(const RoutedEvent& event);

  // Every ID that could interest anybody in the event: of its own, then of the
  // room. Those that Match() goes by.
  std::vector<InterestReason> Candidates(const RoutedEvent& event) const;

  // Why `handle` is among Match(event). Empty: it isn't.
  std::vector<InterestReason> Explain(const RoutedEvent& event,
                                      Handle handle) const;

  // Each returns whether that changed anything.
  bool SetJoined(absl::string_view user_id, bool joined);
  bool SetAlias(absl::string_view room_alias, bool present);

  size_t member_count() const { return members_.size(); }
  // Valid until the next SetAlias().
  const absl::flat_hash_set<std::string>& aliases() const { return aliases_; }

 private:
  // One more, or one fewer, ID of this room that these match.
  void Count(InterestRules::Kind kind, absl::string_view id, int change);

  const std::shared_ptr<const InterestRules> rules_;
  absl::flat_hash_set<std::string> members_;
  absl::flat_hash_set<std::string> aliases_;
  // How many of room ID, aliases and members each matches; never 0.
  absl::flat_hash_map<Handle, int> id_counts_;
  std::vector<Handle> interested_;  // The keys of id_counts_, in order.
  bool interested_stale_ = true;
  std::vector<Handle> result_;
};

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_CORE_INTEREST_H_
