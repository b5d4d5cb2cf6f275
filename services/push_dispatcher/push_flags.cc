#include "services/push_dispatcher/push_flags.h"

#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <string>

#include "absl/flags/flag.h"
#include "absl/time/time.h"
#include "services/push_dispatcher/delivery/delivery_loop.h"
#include "services/push_dispatcher/delivery/lease_keeper.h"
#include "services/push_dispatcher/delivery/sweeper.h"
#include "services/shared/appservice_client/client_flags.h"
#include "services/shared/postgres/database_flags.h"
#include "services/shared/secrets/secret_box.h"
#include "services/shared/server/checked_flags.h"

ABSL_FLAG(std::string, database, "",
          "The PostgreSQL database: a libpq connection string or URI. "
          "Required.");
ABSL_FLAG(std::string, database_password_file, "",
          "File whose only line is the password for --database, read once at "
          "the start. Empty: there is none, or libpq finds it by itself.");
ABSL_FLAG(int, database_connections_max, 12,
          "Connections to it, 8 to 1000. Six are for taking in, delivering and "
          "leases, the others for what operators ask.");
ABSL_FLAG(std::string, registry, "127.0.0.1:7101",
          "Where the registry listens, host:port.");
ABSL_FLAG(std::string, hs_token_key_file, "",
          "File with the key that the registry seals hs_tokens with: 64 hex "
          "digits. Required. It may have several, one a line.");
ABSL_FLAG(std::string, replica_name, "",
          "Name of this replica among those on the same database. A process "
          "started again under its name takes its queues over at once. Empty: "
          "the machine's name.");
ABSL_FLAG(std::string, advertised_grpc_address, "",
          "Where the other replicas reach this one, host:port, if that isn't "
          "--grpc_listen: behind a forwarded port, or when it listens on all "
          "addresses. Empty: where it listens.");
ABSL_FLAG(int, lease_dead_after_ms, 5000,
          "A replica whose heartbeat stands still for so long is taken for "
          "dead, and its queues are taken over, 500 to 600000. The same for "
          "all replicas.");
ABSL_FLAG(int, lease_moves_per_second_max, 10,
          "Queues that this replica hands over each second to others that have "
          "clearly fewer, as one that was started again, 0 to 10000. 0: none, "
          "and a replica that comes back has only what is free.");
ABSL_FLAG(int, transaction_events_max, 100,
          "Events in one transaction, 1 to 10000.");
ABSL_FLAG(int, transaction_bytes_max, 1 << 20,
          "Size of a transaction's body, 1024 to 67108864. A single event goes "
          "even if it is larger.");
ABSL_FLAG(int, sealed_ahead_max, 10,
          "Transactions sealed ahead for an application service whose policy "
          "says that it remembers every transaction ID, 1 to 100.");
ABSL_FLAG(int, queue_window_entries, 256,
          "What is kept in memory of each queue at most, however much waits in "
          "it: so many batches' lists of events, about 100 bytes each and one "
          "bit for each event, 64 to 100000.");
ABSL_FLAG(int, small_transactions_per_second_max, 3000,
          "Transactions begun each second that aren't full, of all application "
          "services together, while events are published faster than they can "
          "be taken in: so that they become fuller, and cost less. 0 to "
          "1000000. 0: any number.");
ABSL_FLAG(int, attempt_timeout_ms, 60000,
          "How long an application service may take to answer a transaction, "
          "20 to 600000.");
ABSL_FLAG(int, ephemeral_timeout_ms, 5000,
          "How long it may take to answer one that has ephemeral data alone, "
          "which is sent but once, 20 to 600000.");
ABSL_FLAG(int, backoff_min_ms, 1000,
          "Shortest pause after a failed attempt, 1 to 600000.");
ABSL_FLAG(int, backoff_max_ms, 300000,
          "Longest pause after failed attempts, 1 to 86400000.");
ABSL_FLAG(int, segment_cache_bytes, 64 << 20,
          "Memory for events that were read or taken in lately, shared by all "
          "queues, 0 to 2000000000.");
ABSL_FLAG(int, sweep_interval_ms, 5000,
          "How often space is given back and queues are measured, 10 to "
          "3600000. Less often if that takes more than a twentieth of the "
          "time.");
ABSL_FLAG(int, measured_queues_max, 1000,
          "Queues that this replica tells metrics of by application service, "
          "about 30 series each, 0 to 100000. Those beyond, by when they "
          "registered, count in causeway_push_unmeasured_queues.");
ABSL_FLAG(int, generation_bytes, 256 << 20,
          "What is taken in is stored, and given back, in generations of so "
          "many bytes on disk, 1 to 2000000000. More, if much waits.");
ABSL_FLAG(int, generation_age_ms, 86400000,
          "A generation (--generation_bytes) has what was taken in within so "
          "long at most, 1 to 2000000000. Events that nobody waits for are "
          "kept no longer than about that.");
ABSL_FLAG(int, set_aside_retention_days, 90,
          "How many days the bytes of quarantined transactions are kept, so "
          "that they can be replayed, 0 to 36500. 0: for ever.");
ABSL_FLAG(
    int, record_retention_days, 365,
    "How many days it stays on record what was set aside (once its bytes "
    "are dropped) and what was done to queues: after so long, the records "
    "are dropped, which is logged, 0 to 36500. 0: never.");

namespace causeway::push {
namespace {

std::string ReplicaNameFromFlag() {
  std::string name = absl::GetFlag(FLAGS_replica_name);
  if (name.empty()) {
    char hostname[256] = "";
    gethostname(hostname, sizeof(hostname) - 1);
    name = hostname;
  }
  if (name.empty() || name.size() > 255) {
    server::RefuseFlag("replica_name", "must have 1 to 255 bytes");
  }
  return name;
}

// Empty: where it listens.
std::string AdvertisedAddressFromFlag() {
  return absl::GetFlag(FLAGS_advertised_grpc_address).empty()
             ? ""
             : server::PeerAddress(FLAGS_advertised_grpc_address);
}

DeliveryLoop::Options DeliveryOptionsFromFlags() {
  DeliveryLoop::Options options;
  options.delivery.limits.events_max =
      server::InRange(FLAGS_transaction_events_max, 1, 10000);
  options.delivery.limits.body_bytes_max =
      server::InRange(FLAGS_transaction_bytes_max, 1024, 64 << 20);
  options.delivery.sealed_ahead_max =
      static_cast<size_t>(server::InRange(FLAGS_sealed_ahead_max, 1, 100));
  options.cutter.window_entries_max = static_cast<size_t>(
      server::InRange(FLAGS_queue_window_entries, 64, 100000));
  options.cutter.small_cuts_per_second_max =
      server::InRange(FLAGS_small_transactions_per_second_max, 0, 1000000);
  options.delivery.backoff.min =
      server::MillisecondsInRange(FLAGS_backoff_min_ms, 1, 600000);
  options.delivery.backoff.max =
      server::MillisecondsInRange(FLAGS_backoff_max_ms, 1, 86400000);
  options.sender.attempt_timeout =
      server::MillisecondsInRange(FLAGS_attempt_timeout_ms, 20, 600000);
  options.sender.ephemeral_timeout =
      server::MillisecondsInRange(FLAGS_ephemeral_timeout_ms, 20, 600000);
  return options;
}

absl::Duration RetentionFromFlag(const absl::Flag<int>& days_flag) {
  const int days = server::InRange(days_flag, 0, 36500);
  return days == 0 ? absl::InfiniteDuration() : absl::Hours(24) * days;
}

Sweeper::Options SweeperOptionsFromFlags() {
  Sweeper::Options options;
  options.interval =
      server::MillisecondsInRange(FLAGS_sweep_interval_ms, 10, 3600000);
  options.measured_queues_max = static_cast<size_t>(
      server::InRange(FLAGS_measured_queues_max, 0, 100000));
  options.sweep.generation_bytes =
      server::InRange(FLAGS_generation_bytes, 1, 2000000000);
  options.sweep.generation_age =
      server::MillisecondsInRange(FLAGS_generation_age_ms, 1, 2000000000);
  options.sweep.patience =
      std::min(options.sweep.patience, options.sweep.generation_age);
  options.sweep.set_aside_retention =
      RetentionFromFlag(FLAGS_set_aside_retention_days);
  options.sweep.record_retention =
      RetentionFromFlag(FLAGS_record_retention_days);
  return options;
}

LeaseKeeper::Options LeaseOptionsFromFlags() {
  return {.dead_after = server::MillisecondsInRange(FLAGS_lease_dead_after_ms,
                                                    500, 600000),
          .moves_per_second_max = static_cast<double>(
              server::InRange(FLAGS_lease_moves_per_second_max, 0, 10000))};
}

}  // namespace

PushOptions OptionsFromFlags() {
  return {.delivery = DeliveryOptionsFromFlags(),
          .leases = LeaseOptionsFromFlags(),
          .sweeper = SweeperOptionsFromFlags(),
          .database_connections_max =
              server::InRange(FLAGS_database_connections_max, 8, 1000),
          .segment_cache_bytes = static_cast<size_t>(
              server::InRange(FLAGS_segment_cache_bytes, 0, 2000000000)),
          .secret_box = server::Parsed(FLAGS_hs_token_key_file,
                                       secrets::SecretBox::FromKeyFile),
          .conninfo = postgres::ConninfoFromFlags(FLAGS_database,
                                                  FLAGS_database_password_file),
          .registry = server::PeerAddress(FLAGS_registry),
          .appservice_client = appservice_client::ClientOptionsFromFlags(),
          .replica_name = ReplicaNameFromFlag(),
          .advertised_grpc_address = AdvertisedAddressFromFlag()};
}

}  // namespace causeway::push
