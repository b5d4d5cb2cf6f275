#ifndef CAUSEWAY_SERVICES_HOMESERVER_EPHEMERAL_PRESENCE_H_
#define CAUSEWAY_SERVICES_HOMESERVER_EPHEMERAL_PRESENCE_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "services/homeserver/ephemeral/ephemeral_count.h"
#include "services/homeserver/ephemeral/ephemeral_sink.h"
#include "services/homeserver/news/news_key.h"
#include "services/homeserver/news/news_waiters.h"
#include "services/homeserver/rooms/event_filter.h"
#include "services/shared/clock/clock.h"

namespace causeway::homeserver {

inline constexpr size_t kStatusMsgBytesMax = 1024;
// Of how many users one answer tells: those that changed last.
inline constexpr size_t kPresencePageMax = 500;

enum class PresenceState { kOnline, kUnavailable, kOffline };

absl::string_view PresenceName(PresenceState state);
// INVALID_ARGUMENT (M_INVALID_PARAM) names `field`.
absl::StatusOr<PresenceState> ParsePresence(absl::string_view word,
                                            absl::string_view field);

// What is said of one user.
struct UserPresence {
  PresenceState state = PresenceState::kOffline;
  std::string status_msg = {};
  // Since they last did something. Absent: never that we know.
  std::optional<absl::Duration> last_active_ago = {};
  bool currently_active = false;
};

// Who is there, in this process's memory alone.
// Source: https://spec.matrix.org/v1.17/client-server-api/#presence
//
// A person is there while they sync or say so, and idle when they have done
// nothing else for a while. Of the users of an application service, which never
// sync, what it said stays until it says otherwise: it knows them better.
//
// Presence is told to whoever shares a room with the user. In which rooms they
// are is remembered from its last change on, as the stream of events tells:
// who comes into a room is shown to those who are there, and they to them.
//
// Thread-safe. Nothing blocks.
class Presence {
 public:
  struct Options {
    size_t users_max = 10000;  // Those that changed last.
    // With its rooms an event must fit into what push_dispatcher takes.
    size_t rooms_per_user_max = 200;
    absl::Duration idle_after = absl::Minutes(5);
    // A client that has its answer has so long to sync again.
    absl::Duration offline_after = absl::Seconds(30);
    // What a person said without syncing.
    absl::Duration said_for = absl::Minutes(5);
    absl::Duration active_for = absl::Minutes(1);
    // When many come at once, each would wake all who share a room with them.
    // So who waits is woken for all that changed so far, in rounds that begin
    // so far apart at least,
    absl::Duration tell_interval = absl::Seconds(5);
    // and in a round one after the other, so that what they read then delays
    // nobody's messages. A round for 10,000 who wait takes 40 s.
    int wakes_per_second_max = 250;
  };

  // All must outlive it.
  Presence(Options options, EphemeralCount& count, NewsWaiters& waiters,
           EphemeralSink& sink, const Clock& clock);

  // The user says so. `stays`: it is one of an application service.
  // `room_ids` are those that they are joined to, as below.
  void Set(const std::string& user_id, PresenceState state,
           const std::string& status_msg, bool stays,
           const std::vector<std::string>& room_ids) ABSL_LOCKS_EXCLUDED(mu_);

  // Whether Synced() would be a change, so that it needs the rooms.
  bool IsChange(const std::string& user_id, PresenceState state) const
      ABSL_LOCKS_EXCLUDED(mu_);
  // The user syncs, which takes up to `patience`, as `state` says.
  void Synced(const std::string& user_id, PresenceState state,
              absl::Duration patience, const std::vector<std::string>& room_ids)
      ABSL_LOCKS_EXCLUDED(mu_);

  // The user has done something.
  void Active(const std::string& user_id) ABSL_LOCKS_EXCLUDED(mu_);

  // The user has joined the room or, else, isn't in it any more.
  void Moved(const std::string& user_id, const std::string& room_id,
             bool is_join) ABSL_LOCKS_EXCLUDED(mu_);

  // Ends what has timed out, and wakes who waits for what changed, as many as
  // are due. To be called often.
  void Expire() ABSL_LOCKS_EXCLUDED(mu_);

  UserPresence Get(const std::string& user_id) const ABSL_LOCKS_EXCLUDED(mu_);

  // Who is told. All must live as long as the call.
  struct Viewer {
    const std::string& user_id;
    const std::vector<std::string>& room_ids;  // That they are joined to.
    // Those of them of whose members they know nothing yet.
    const absl::flat_hash_set<std::string>& new_room_ids;
    const EventFilter& filter;
  };
  // The m.presence events that `viewer` wants of those whose presence changed
  // after `number` of the count and who share a room with them, or are
  // themselves; and of those in new rooms, or after 0 in any, who aren't
  // offline. The newest kPresencePageMax, in order.
  std::vector<std::string> ListAfter(int64_t number, const Viewer& viewer) const
      ABSL_LOCKS_EXCLUDED(mu_);

 private:
  struct Entry {
    PresenceState state = PresenceState::kOffline;
    std::string status_msg;
    std::optional<absl::Duration> active_at;  // Monotonic, as is the next.
    absl::Duration there_until;
    std::vector<std::string> room_ids;  // At most rooms_per_user_max.
    int64_t number = 0;                 // Of the last change.
  };

  UserPresence ViewOf(const Entry& entry) const;
  // Begins a round of waking when it is time, and wakes those whose turn it is.
  void Wake(absl::Duration now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void Changed(const std::string& user_id, Entry& entry,
               const std::vector<std::string>* room_ids)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  const Options options_;
  EphemeralCount& count_;
  NewsWaiters& waiters_;
  EphemeralSink& sink_;
  const Clock& clock_;
  mutable absl::Mutex mu_;
  absl::flat_hash_map<std::string, Entry> entries_ ABSL_GUARDED_BY(mu_);
  std::map<int64_t, std::string> by_number_ ABSL_GUARDED_BY(mu_);
  // What has changed since the round began.
  absl::flat_hash_set<NewsKey> untold_ ABSL_GUARDED_BY(mu_);
  // Who is still to be woken in this round, and how many have been.
  std::vector<NewsWaiters::WaiterId> to_wake_ ABSL_GUARDED_BY(mu_);
  size_t woken_count_ ABSL_GUARDED_BY(mu_) = 0;
  absl::Duration round_began_at_ ABSL_GUARDED_BY(mu_);
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_EPHEMERAL_PRESENCE_H_
