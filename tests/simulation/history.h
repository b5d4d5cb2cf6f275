// What is known of one run from outside of push: what the promises are checked
// against. A simulation fills it in, or whoever records real application
// services (ASes); what such a recorder can't know may stay empty.
#ifndef CAUSEWAY_TESTS_SIMULATION_HISTORY_H_
#define CAUSEWAY_TESTS_SIMULATION_HISTORY_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"

namespace causeway::push::simulation {

// One event, by the stream that it came from and its position there.
struct StreamEvent {
  int32_t stream = 0;
  int64_t position = 0;

  auto operator<=>(const StreamEvent&) const = default;
};

// A request that reached an AS.
struct Put {
  enum class Taken { kNo, kYes, kKnownAlready };
  // Of whoever sent it, by the store as it was then.
  enum class Standing {
    kOwner,     // Owned the queue, and had this transaction sealed.
    kOutdated,  // Had lost it, or this, and couldn't know yet.
    kUsurper,   // Had lost it, and had spoken with the store since.
    kUnsealed,  // Owned the queue, but this never was sealed in it.
    kOverdue,   // Had not renewed for so long that another might own it.
  };

  int32_t appservice = 0;
  int64_t uid = 0;  // The registration that it was sent for.
  std::string txn_id;
  // The body, or a hash of it.
  std::shared_ptr<const std::string> body;
  // Events and to-device messages, each kind as the body has them.
  std::vector<StreamEvent> events;
  // It has ephemeral data alone: it isn't sealed, and is sent but once.
  bool is_ephemeral = false;
  // What is wrong with how the body is made. Empty: nothing.
  std::string flaw;
  std::string sender;  // One process. Empty: not known.
  Standing standing = Standing::kOwner;
  absl::Duration sent;  // Not known: the same as `arrived`.
  absl::Duration arrived;
  // When the sender heard of the end of it; infinite: never.
  absl::Duration finished = absl::InfiniteDuration();
  Taken taken = Taken::kNo;
};

// A commit of one event, whether anybody wants it or not.
struct Acceptance {
  StreamEvent event;
  absl::Duration time;
  std::vector<int64_t> uids;  // Of the registrations that it interests.
};

// Publish has answered that all before `end` is taken over.
struct PublishAnswer {
  int32_t stream = 0;
  int64_t end = 0;
  absl::Duration time;
};

// PublishTransaction has answered that these are.
struct TransactionAnswer {
  std::vector<StreamEvent> events;
  absl::Duration time;
};

// Events that an operator has queued again for one registration. They are a
// stream of their own, with positions from 1, and so owed once more.
struct Replay {
  struct Event {
    StreamEvent original;
    bool to_device = false;

    bool operator==(const Event&) const = default;
  };
  int64_t uid = 0;
  std::string txn_id;  // Of a quarantined transaction; empty: of a range.
  std::vector<Event> events;
  absl::Duration time;
  bool recorded = false;  // Among the audit records.
};

// What a transaction has of a replay.
struct ReplayedEvent {
  StreamEvent event;
  Replay::Event replayed;
};

// An entry of the audit records, or what it is known by otherwise.
struct AuditedAct {
  enum class Kind { kSkipped, kQuarantined, kDropped, kRetired, kUnregistered };

  Kind kind = Kind::kSkipped;
  int64_t uid = 0;
  std::string txn_id;
  // The events of `stream` behind `after` up to `last`.
  int32_t stream = 0;
  int64_t after = 0;
  int64_t last = 0;
  // Of kRetired: it says that the events may come twice.
  bool possibly_taken = false;
  absl::Duration time;
};

// The commit that ended a sealed transaction.
struct SettledRecord {
  enum class How { kAcknowledged, kPutAside, kRetired };

  int64_t uid = 0;
  std::string txn_id;
  How how = How::kAcknowledged;
  absl::Duration time;
};

// The commit that sealed a transaction.
struct SealRecord {
  int64_t uid = 0;
  std::string txn_id;
  absl::Duration time;
  // The queue was paused then.
  bool paused = false;
};

// The store went back to an earlier state of itself.
struct StoreRestored {
  absl::Duration time;
  std::map<int32_t, int64_t> stream_ends;  // Next positions. Absent: 1.
  // What was there of streams that give no positions, in whatever order it had
  // come, and as often.
  std::multiset<StreamEvent> events = {};
};

// It is on record that a source, with another history than before, tells
// everything once more, and that these, if they had been taken over, may come
// twice: it tells them, or told them before.
struct SourceRestarted {
  absl::Duration time;
  std::set<StreamEvent> events;
};

// A process has let go of a queue, or heard that it is another's.
struct LetGo {
  int64_t uid = 0;
  std::string sender;
  absl::Duration time;
};

// The commit that let another replica have a queue, for balance.
struct HandOver {
  int64_t uid = 0;
  absl::Duration time;
};

struct Registered {
  int64_t uid = 0;
  int32_t appservice = 0;
};

struct History {
  std::map<int64_t, int32_t> appservice_by_uid;
  // Those that remember the last transaction ID only.
  std::vector<int32_t> last_id_appservices;
  std::vector<Put> puts;  // In the order of arrival.
  std::vector<Acceptance> accepted;
  std::vector<PublishAnswer> published;
  std::vector<TransactionAnswer> transactions;
  // Streams whose events come in an upstream homeserver's transactions. It
  // can't be told to begin again where a restore has taken them back to.
  std::set<int32_t> upstream_streams;
  // Streams that go on where an earlier one of the same source was left; its
  // first one for each. Later ones have higher numbers.
  std::map<int32_t, int32_t> source_of_stream;
  // Of streams that were left: what the source itself has lost, from there on.
  std::map<int32_t, int64_t> streams_cut;
  std::vector<SourceRestarted> source_restarts;
  // Sources that have told something at the end that isn't taken over.
  std::vector<std::string> unpublished;
  std::map<int32_t, Replay> replays;  // By their streams.
  // Of sealed transactions, by uid and ID.
  std::map<std::pair<int64_t, std::string>, std::vector<ReplayedEvent>>
      replayed_in;
  std::vector<AuditedAct> acts;
  // Whether `settled` is complete; a recorder of real ASes has no such log.
  bool settled_is_known = false;
  std::vector<SettledRecord> settled;
  std::vector<SealRecord> sealed;
  std::vector<StoreRestored> restores;
  std::vector<LetGo> let_go;
  // Of registrations that were withdrawn, with when that was applied; and the
  // queues that are there at the end.
  std::map<int64_t, absl::Duration> unregistered;
  std::vector<int64_t> final_queues;

  // P5: the most bytes of bodies held for one AS, and what is allowed.
  int64_t held_bytes_max = 0;
  int64_t held_bytes_allowed = 0;
  int64_t held_backing_off_bytes_max = 0;
  int64_t held_backing_off_bytes_allowed = 0;
  // P5: how long after its commit an event may take to reach these, which are
  // healthy in a run where nothing but other ASes is disturbed.
  std::vector<int32_t> undisturbed_appservices;
  absl::Duration undisturbed_delay_max = absl::InfiniteDuration();
  // Queues that went from replica to replica by themselves; when it last was
  // for another reason (or could have been: a process began, faults ended);
  // and, where all of that is to be over at the end, how many each replica has
  // then.
  std::vector<HandOver> hand_overs;
  absl::Duration leases_upset;
  std::map<std::string, int64_t> final_queue_counts;
  // What is stored at the end though nobody wants it; empty: nothing.
  std::string left_over;
};

}  // namespace causeway::push::simulation

#endif  // CAUSEWAY_TESTS_SIMULATION_HISTORY_H_
