#ifndef CAUSEWAY_TESTS_SIMULATION_SCHEDULE_H_
#define CAUSEWAY_TESTS_SIMULATION_SCHEDULE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"

namespace causeway::push::simulation {

// What may happen in a family of schedules, and how often. Which of it does,
// and when, is drawn from the seed.
struct Schedule {
  std::string name;
  std::string story;  // One line, for --list.

  int64_t replicas_min = 2;
  int64_t replicas_max = 3;
  // Faults happen for this long; then everything is healthy until all that is
  // owed has come.
  absl::Duration fault_time = absl::Seconds(26);

  // About how long between two of a kind; zero: never. Processes:
  absl::Duration crash_every = absl::ZeroDuration();
  absl::Duration pause_every = absl::ZeroDuration();
  absl::Duration cut_off_every = absl::ZeroDuration();
  absl::Duration drain_every = absl::ZeroDuration();
  absl::Duration new_version_every = absl::ZeroDuration();
  // When homeservers have nothing new any more. Faults go on.
  absl::Duration last_event_at = absl::InfiniteDuration();
  // The store.
  absl::Duration outage_every = absl::ZeroDuration();
  absl::Duration restore_every = absl::ZeroDuration();
  absl::Duration backup_age_max = absl::Seconds(15);
  // Around it.
  absl::Duration registry_every = absl::ZeroDuration();
  absl::Duration operator_every = absl::ZeroDuration();
  // An application service, or an operator for it, says that it listens.
  absl::Duration sign_every = absl::Seconds(6);
  // Somebody types, or is there.
  absl::Duration ephemeral_every = absl::Seconds(4);
  absl::Duration source_restore_every = absl::ZeroDuration();
  bool sources_diverge = false;
  // Such a source begins anew under its name; else it goes on under another.
  bool sources_begin_anew = false;
  // Sources are opened while it runs, and a restore may go back to before that.
  bool sources_open_late = false;
  // Homeservers that send transactions.
  int32_t upstreams = 0;

  // One in so many; 0: none.
  int64_t store_requests_lost = 0;
  int64_t store_answers_lost = 0;
  int64_t commits_late = 0;
  int64_t crashes_at_write = 0;
  int64_t publish_answers_lost = 0;
  int64_t publish_overlaps = 0;
  int64_t requests_late = 0;  // Of those to application services.

  // In so many of a hundred attempts the application service is of that mind;
  // else it is healthy.
  int64_t slow = 0;
  int64_t server_error = 0;
  int64_t too_many_requests = 0;
  int64_t rejection = 0;
  int64_t refusal = 0;
  int64_t unreachable = 0;
  int64_t dropped_after_reading = 0;
  int64_t reply_lost = 0;
  int64_t hang = 0;
  // In so many of a hundred of those with ephemeral data alone it hangs, also
  // if it isn't disturbed otherwise.
  int64_t ephemeral_hang = 0;

  // One in so many application services remembers every ID, takes but small
  // bodies, or has its old events dropped or put aside.
  int64_t remembering = 3;
  int64_t small_bodies = 4;
  int64_t expiring = 6;
  // Only the first application service is disturbed, and the delay of the
  // others is measured (P5).
  bool first_alone_disturbed = false;
  // So many of a hundred acts of operators are replays, if they can be.
  int64_t replays = 15;
  // At the end, nothing is stored that nobody wants.
  bool space_is_checked = false;
  // At the end, each replica has as many queues as any other, but for one.
  bool balance_is_checked = false;
};

// All schedules that there are, by name.
absl::Span<const Schedule> Schedules();
// Null when there is none of that name.
const Schedule* FindSchedule(absl::string_view name);

}  // namespace causeway::push::simulation

#endif  // CAUSEWAY_TESTS_SIMULATION_SCHEDULE_H_
