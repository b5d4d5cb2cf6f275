#ifndef CAUSEWAY_SERVICES_HOMESERVER_EPHEMERAL_TYPING_H_
#define CAUSEWAY_SERVICES_HOMESERVER_EPHEMERAL_TYPING_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "services/homeserver/ephemeral/ephemeral_count.h"
#include "services/homeserver/ephemeral/ephemeral_sink.h"
#include "services/homeserver/news/news_waiters.h"
#include "services/shared/clock/clock.h"

namespace causeway::homeserver {

inline constexpr absl::Duration kTypingTimeoutDefault = absl::Seconds(30);
inline constexpr absl::Duration kTypingTimeoutMax = absl::Minutes(2);

// Who types, in this process's memory alone.
// Source: https://spec.matrix.org/v1.17/client-server-api/#typing-notifications
//
// Thread-safe. Nothing blocks.
class Typing {
 public:
  struct Options {
    // Of the rooms in which somebody types or lately did those that changed
    // last are known.
    size_t rooms_max = 10000;
    // Who begins when so many type in a room isn't shown.
    size_t users_per_room_max = 100;
  };

  // All must outlive it.
  Typing(Options options, EphemeralCount& count, NewsWaiters& waiters,
         EphemeralSink& sink, const Clock& clock);

  // Of who is in the room. A `timeout` of zero: they have stopped.
  void Set(const std::string& room_id, const std::string& user_id,
           absl::Duration timeout) ABSL_LOCKS_EXCLUDED(mu_);

  // Ends what has timed out.
  void Expire() ABSL_LOCKS_EXCLUDED(mu_);

  // The m.typing event of the room, without room_id, if it changed after
  // `number` of the count; after 0, if anybody types. Empty: it didn't.
  std::string EventAfter(const std::string& room_id, int64_t number) const
      ABSL_LOCKS_EXCLUDED(mu_);

 private:
  struct RoomTyping {
    std::map<std::string, absl::Duration> until;  // By user, monotonic.
    int64_t number = 0;                           // Of its last change.
  };

  // Something in the room has changed.
  void Changed(const std::string& room_id, RoomTyping& room)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  const Options options_;
  EphemeralCount& count_;
  NewsWaiters& waiters_;
  EphemeralSink& sink_;
  const Clock& clock_;
  mutable absl::Mutex mu_;
  absl::flat_hash_map<std::string, RoomTyping> rooms_ ABSL_GUARDED_BY(mu_);
  std::map<int64_t, std::string> by_number_ ABSL_GUARDED_BY(mu_);
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_EPHEMERAL_TYPING_H_
