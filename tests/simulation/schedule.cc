#include "tests/simulation/schedule.h"

#include <utility>

namespace causeway::push::simulation {
namespace {

using absl::Seconds;

// A little of everything that each named schedule has more of.
Schedule Mixed(std::string name, std::string story) {
  return {.name = std::move(name),
          .story = std::move(story),
          .crash_every = Seconds(20),
          .pause_every = Seconds(30),
          .cut_off_every = Seconds(40),
          .drain_every = Seconds(40),
          .outage_every = Seconds(40),
          .registry_every = Seconds(15),
          .operator_every = Seconds(12),
          .store_requests_lost = 60,
          .store_answers_lost = 60,
          .commits_late = 80,
          .crashes_at_write = 150,
          .publish_answers_lost = 12,
          .publish_overlaps = 6,
          .requests_late = 60,
          .slow = 6,
          .server_error = 6,
          .too_many_requests = 2,
          .rejection = 4,
          .refusal = 3,
          .unreachable = 4,
          .dropped_after_reading = 4,
          .reply_lost = 4,
          .hang = 2};
}

Schedule EverythingAtOnce() {
  Schedule schedule = Mixed("mixed", "every kind of fault there is");
  schedule.restore_every = Seconds(30);
  schedule.source_restore_every = Seconds(40);
  schedule.new_version_every = Seconds(60);
  schedule.upstreams = 1;
  return schedule;
}

Schedule CalmWith(std::string name, std::string story) {
  Schedule schedule = {.name = std::move(name), .story = std::move(story)};
  schedule.publish_overlaps = 8;
  schedule.slow = 4;
  schedule.server_error = 2;
  return schedule;
}

Schedule LastId() {
  Schedule schedule =
      Mixed("hard_case_01_last_id_services",
            "lost replies and crashes around each acknowledgement");
  schedule.reply_lost = 12;
  schedule.dropped_after_reading = 12;
  schedule.crashes_at_write = 25;
  schedule.remembering = 6;
  return schedule;
}

Schedule RemembersEveryId() {
  Schedule schedule = LastId();
  schedule.name = "hard_case_01_services_that_remember_every_id";
  schedule.story = "several sealed ahead, acknowledgements that lag";
  schedule.remembering = 1;
  return schedule;
}

Schedule TwoSources() {
  Schedule schedule = CalmWith("hard_case_02_two_sources",
                               "order is per source, fixed when sealed");
  schedule.crash_every = Seconds(12);
  schedule.small_bodies = 2;
  return schedule;
}

Schedule UnknownCommits() {
  Schedule schedule = Mixed("hard_case_03_unknown_commits",
                            "commits fail, or their answers do, or come late");
  schedule.store_requests_lost = 15;
  schedule.store_answers_lost = 10;
  schedule.commits_late = 12;
  schedule.publish_answers_lost = 4;
  schedule.publish_overlaps = 3;
  return schedule;
}

Schedule OneReplica() {
  Schedule schedule = UnknownCommits();
  schedule.name = "hard_case_03_unknown_commits_of_a_single_replica";
  schedule.story = "nobody else is there to notice";
  schedule.replicas_min = schedule.replicas_max = 1;
  schedule.pause_every = absl::ZeroDuration();
  return schedule;
}

Schedule LoneUnknownCommits() {
  Schedule schedule =
      CalmWith("hard_case_03_unknown_commits_while_all_is_well",
               "a single replica, and nothing else to wake its queues");
  schedule.replicas_min = schedule.replicas_max = 1;
  schedule.last_event_at = Seconds(20);
  schedule.sign_every = absl::ZeroDuration();
  schedule.ephemeral_every = absl::ZeroDuration();
  schedule.store_answers_lost = 12;
  schedule.commits_late = 40;
  return schedule;
}

Schedule Restore() {
  Schedule schedule =
      Mixed("hard_case_04_restore_from_backup",
            "the store goes back while owners remember the later state");
  schedule.restore_every = Seconds(9);
  schedule.operator_every = Seconds(5);
  schedule.crash_every = Seconds(15);
  return schedule;
}

Schedule RestoreOfCalm() {
  Schedule schedule =
      CalmWith("hard_case_04_restore_while_all_is_well",
               "nothing but restores: is each noticed by everybody?");
  schedule.restore_every = Seconds(8);
  schedule.operator_every = Seconds(6);
  return schedule;
}

Schedule SourceRestore() {
  Schedule schedule = Mixed("hard_case_04_source_restored",
                            "sources go back, with the same events or others");
  schedule.source_restore_every = Seconds(7);
  schedule.sources_diverge = true;
  return schedule;
}

Schedule SourceBeginsAnew() {
  Schedule schedule =
      Mixed("hard_case_04_source_begins_anew",
            "sources that go back tell another history under their name");
  schedule.source_restore_every = Seconds(4);
  schedule.sources_diverge = true;
  schedule.sources_begin_anew = true;
  schedule.restore_every = Seconds(20);
  schedule.publish_answers_lost = 8;
  schedule.crashes_at_write = 40;
  return schedule;
}

Schedule NotOpenedYet() {
  Schedule schedule =
      CalmWith("hard_case_04_restore_to_before_a_source_was_opened",
               "sources get each other's numbers while owners remember");
  schedule.replicas_max = 2;
  schedule.sources_open_late = true;
  schedule.restore_every = Seconds(3);
  schedule.backup_age_max = Seconds(4);
  schedule.operator_every = Seconds(8);
  schedule.pause_every = Seconds(20);
  schedule.crash_every = Seconds(25);
  schedule.store_answers_lost = 60;
  schedule.commits_late = 4;
  schedule.replays = 50;
  return schedule;
}

Schedule Registrations() {
  Schedule schedule =
      Mixed("hard_case_05_registration_against_ingest",
            "namespaces change, services come and go, while events come");
  schedule.registry_every = Seconds(3);
  return schedule;
}

Schedule InterestInputs() {
  Schedule schedule = CalmWith("hard_case_06_interest_inputs",
                               "memberships and aliases against registrations");
  schedule.registry_every = Seconds(4);
  schedule.crash_every = Seconds(10);
  schedule.store_answers_lost = 30;
  return schedule;
}

Schedule Upstream() {
  Schedule schedule =
      Mixed("hard_case_07_upstream_transactions",
            "repeats, the same ID with other events, IDs begun anew");
  schedule.upstreams = 2;
  schedule.publish_answers_lost = 3;
  schedule.store_answers_lost = 15;
  schedule.commits_late = 20;
  schedule.crash_every = Seconds(8);
  schedule.crashes_at_write = 30;
  return schedule;
}

Schedule UpstreamAndRestore() {
  Schedule schedule = Upstream();
  schedule.name = "hard_case_07_upstream_transactions_and_restores";
  schedule.story = "the store goes back, and such a homeserver can't be told";
  // What is repeated is what was undone; processes remember what was before,
  // and commits of it come behind it.
  schedule.restore_every = Seconds(5);
  schedule.backup_age_max = Seconds(3);
  schedule.crash_every = Seconds(25);
  schedule.publish_answers_lost = 2;
  schedule.commits_late = 4;
  return schedule;
}

Schedule NewVersion() {
  Schedule schedule = Mixed("hard_case_08_bytes_not_meaning",
                            "a version that makes other bytes comes and goes");
  schedule.new_version_every = Seconds(10);
  return schedule;
}

Schedule Zombies() {
  Schedule schedule = Mixed("hard_case_09_zombies",
                            "processes stand still and go on; two believe to "
                            "own; requests arrive late");
  schedule.pause_every = Seconds(7);
  schedule.cut_off_every = Seconds(10);
  schedule.requests_late = 12;
  return schedule;
}

Schedule TooLarge() {
  Schedule schedule =
      Mixed("hard_case_10_too_large_quarantine",
            "413s, rejections, policies; replacements keep their place");
  schedule.small_bodies = 1;
  schedule.rejection = 20;
  schedule.operator_every = Seconds(5);
  schedule.reply_lost = 8;
  return schedule;
}

Schedule Replays() {
  Schedule schedule =
      Mixed("hard_case_10_replay",
            "what was quarantined, and ranges, come again under new IDs");
  schedule.rejection = 25;
  schedule.operator_every = Seconds(2);
  schedule.replays = 50;
  schedule.registry_every = Seconds(8);
  schedule.restore_every = Seconds(25);
  schedule.expiring = 3;
  schedule.upstreams = 1;
  return schedule;
}

Schedule UnregisterInFlight() {
  Schedule schedule = Mixed("hard_case_11_unregister_in_flight",
                            "late commits and acknowledgements of queues that "
                            "are gone");
  schedule.registry_every = Seconds(3);
  schedule.commits_late = 15;
  schedule.slow = 20;
  return schedule;
}

Schedule Isolation() {
  Schedule schedule = CalmWith("isolation_of_a_hanging_service",
                               "one hangs; the others must not notice (P5)");
  schedule.hang = 60;
  schedule.slow = 10;
  schedule.server_error = 10;
  schedule.first_alone_disturbed = true;
  schedule.small_bodies = 0;
  schedule.expiring = 0;
  return schedule;
}

Schedule Ephemeral() {
  Schedule schedule = Mixed("hard_case_12_ephemeral_data",
                            "typing and presence, along with events and alone");
  schedule.ephemeral_every = absl::Milliseconds(300);
  schedule.ephemeral_hang = 10;
  schedule.crash_every = Seconds(12);
  schedule.reply_lost = 10;
  return schedule;
}

Schedule HangingEphemeral() {
  Schedule schedule =
      CalmWith("hard_case_12_events_do_not_wait_for_ephemeral_data",
               "what goes alone hangs; events must not notice (P5)");
  schedule.ephemeral_every = absl::Milliseconds(300);
  schedule.ephemeral_hang = 60;
  schedule.first_alone_disturbed = true;
  schedule.small_bodies = 0;
  schedule.expiring = 0;
  return schedule;
}

Schedule Space() {
  Schedule schedule =
      Mixed("hard_case_13_space",
            "generations are dropped while bridges lag, die and are restored");
  schedule.restore_every = Seconds(12);
  schedule.pause_every = Seconds(10);
  schedule.operator_every = Seconds(4);
  schedule.unreachable = 25;
  schedule.server_error = 15;
  schedule.hang = 5;
  schedule.replays = 40;
  schedule.space_is_checked = true;
  return schedule;
}

Schedule Balance() {
  Schedule schedule = CalmWith("leases_balanced_when_replicas_come_back",
                               "replicas die, end, stand still and come back");
  schedule.crash_every = Seconds(9);
  schedule.drain_every = Seconds(12);
  schedule.pause_every = Seconds(20);
  schedule.balance_is_checked = true;
  return schedule;
}

Schedule BalanceAmongFaults() {
  Schedule schedule =
      Mixed("leases_balanced_among_faults",
            "queues are handed over while all else goes wrong as well");
  schedule.crash_every = Seconds(8);
  schedule.drain_every = Seconds(8);
  schedule.store_answers_lost = 15;
  schedule.commits_late = 15;
  schedule.operator_every = Seconds(4);
  schedule.slow = 20;
  schedule.restore_every = Seconds(25);
  schedule.balance_is_checked = true;
  return schedule;
}

Schedule Operators() {
  Schedule schedule = Mixed("operators_at_work",
                            "pause, resume, retry, skip, policies, expiry");
  schedule.operator_every = Seconds(3);
  schedule.expiring = 2;
  schedule.rejection = 10;
  return schedule;
}

}  // namespace

absl::Span<const Schedule> Schedules() {
  static const auto* const kSchedules = new std::vector<Schedule>{
      EverythingAtOnce(),   LastId(),           RemembersEveryId(),
      TwoSources(),         UnknownCommits(),   OneReplica(),
      LoneUnknownCommits(), Restore(),          RestoreOfCalm(),
      NotOpenedYet(),       SourceRestore(),    SourceBeginsAnew(),
      Registrations(),      InterestInputs(),   Upstream(),
      UpstreamAndRestore(), NewVersion(),       Zombies(),
      TooLarge(),           Replays(),          UnregisterInFlight(),
      Ephemeral(),          HangingEphemeral(), Space(),
      Isolation(),          Balance(),          BalanceAmongFaults(),
      Operators()};
  return *kSchedules;
}

const Schedule* FindSchedule(absl::string_view name) {
  for (const Schedule& schedule : Schedules()) {
    if (absl::string_view(schedule.name) == name) return &schedule;
  }
  return nullptr;
}

}  // namespace causeway::push::simulation
