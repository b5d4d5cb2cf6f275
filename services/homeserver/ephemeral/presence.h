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
#include "services/shared/clock/clock.h"

namespace causeway::homeserver {

inline constexpr size_t kStatusMsgBytesMax = 1024;

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
// Presence is told to whoever shares a room with the user as of its last
// change: who comes into a room later learns it with the next one.
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
    // Who only waits for presence is woken so often at most: when many come at
    // once, each would wake all who share a room with them.
    absl::Duration tell_interval = absl::Seconds(5);
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

  // Ends what has timed out, and wakes who waits for what changed. To be called
  // every second or so.
  void Expire() ABSL_LOCKS_EXCLUDED(mu_);

  UserPresence Get(const std::string& user_id) const ABSL_LOCKS_EXCLUDED(mu_);

  // The m.presence events of those whose presence changed after `number` of the
  // count and who share one of `room_ids`, or are `viewer`; after 0, of those
  // who aren't offline.
  struct Told {
    std::string user_id;
    std::string json;
  };
  std::vector<Told> ListAfter(int64_t number, const std::string& viewer,
                              const std::vector<std::string>& room_ids) const
      ABSL_LOCKS_EXCLUDED(mu_);

 private:
  struct Entry {
    PresenceState state = PresenceState::kOffline;
    std::string status_msg;
    std::optional<absl::Duration> active_at;  // Monotonic, as is the next.
    absl::Duration there_until;
    std::vector<std::string> room_ids;  // As of the last change.
    int64_t number = 0;                 // Of the last change.
  };

  UserPresence ViewOf(const Entry& entry) const;
  std::string EventOf(const std::string& user_id, const Entry& entry) const;
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
  // What has changed since somebody was woken for it.
  absl::flat_hash_set<NewsKey> untold_ ABSL_GUARDED_BY(mu_);
  absl::Duration told_at_ ABSL_GUARDED_BY(mu_);
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_EPHEMERAL_PRESENCE_H_
