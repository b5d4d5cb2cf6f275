#include "tests/simulation/sim_appservice.h"

#include <optional>
#include <utility>
#include <vector>

#include "tests/simulation/sim_body.h"

namespace causeway::push::simulation {
namespace {

using absl::Milliseconds;
using absl::Seconds;

constexpr int64_t kOtherWayOneIn = 5;
constexpr absl::Duration kAttemptTimeout = Seconds(10);

constexpr absl::Duration kEphemeralTimeout = Seconds(9);

// The same events by the names that they have as replayed ones.
std::vector<StreamEvent> NameReplayed(
    const std::vector<ReplayedEvent>& replayed, const SimBody& body,
    std::string& flaw) {
  std::vector<StreamEvent> names, events, messages;
  for (const ReplayedEvent& one : replayed) {
    names.push_back(one.event);
    (one.replayed.to_device ? messages : events)
        .push_back(one.replayed.original);
  }
  if (events != body.events_alone || messages != body.messages) {
    flaw = "it isn't what was replayed";
  }
  return names;
}

}  // namespace

struct SimAppservice::Call {
  std::function<void(Answer)> answer;
  std::optional<size_t> put_index;  // In the history, when it has arrived.
  Answer arrived;                   // What it led to there.
  absl::Duration ended_at = absl::InfiniteDuration();
};

SimAppservice::Mood SimAppservice::Draw(bool is_ephemeral) {
  if (is_ephemeral && !healthy_ &&
      clock_.chance().Below(100) < schedule_.ephemeral_hang) {
    return Mood::kHang;
  }
  if (healthy_ || !options_.disturbed) return Mood::kHealthy;
  const struct {
    Mood mood;
    int64_t weight;
    Fault fault;
  } choices[] = {
      {Mood::kSlow, schedule_.slow, Fault::kSlow},
      {Mood::kServerError, schedule_.server_error, Fault::kServerError},
      {Mood::kTooManyRequests, schedule_.too_many_requests,
       Fault::kTooManyRequests},
      {Mood::kRejection, schedule_.rejection, Fault::kRejection},
      {Mood::kRefusal, schedule_.refusal, Fault::kRefusal},
      {Mood::kUnreachable, schedule_.unreachable, Fault::kUnreachable},
      {Mood::kDroppedAfterReading, schedule_.dropped_after_reading,
       Fault::kDroppedAfterReading},
      {Mood::kReplyLost, schedule_.reply_lost, Fault::kReplyLost},
      {Mood::kHang, schedule_.hang, Fault::kHang},
  };
  int64_t draw = clock_.chance().Below(100);
  for (const auto& choice : choices) {
    draw -= choice.weight;
    if (draw >= 0) continue;
    coverage_.Reached(choice.fault);
    return choice.mood;
  }
  return Mood::kHealthy;
}

std::shared_ptr<SimAppservice::Call> SimAppservice::Put(
    Request request, std::function<void(Answer)> answer) {
  Chance& chance = clock_.chance();
  const Mood mood = Draw(request.is_ephemeral);
  auto call = std::make_shared<Call>();
  call->answer = std::move(answer);
  if (mood == Mood::kUnreachable) {
    clock_.After(chance.Between(Milliseconds(1), Seconds(2)), [this, call] {
      End(*call, {AttemptOutcome::kFailed, {}});
    });
    return call;
  }
  absl::Duration way = chance.Between(Milliseconds(1), Milliseconds(20));
  if (!healthy_ && options_.disturbed &&
      chance.OneIn(schedule_.requests_late)) {
    coverage_.Reached(Fault::kRequestLate);
    way = chance.Between(Seconds(2), Seconds(18));
  }
  absl::Duration work = chance.Between(Milliseconds(1), Milliseconds(40));
  if (mood == Mood::kSlow) work = chance.Between(Seconds(1), Seconds(9));
  const absl::Duration sent = clock_.now();
  const absl::Duration timeout =
      request.is_ephemeral ? kEphemeralTimeout : kAttemptTimeout;
  const bool heard =
      mood != Mood::kReplyLost && mood != Mood::kHang && way + work < timeout;
  // Slow ones take it when they have done their work.
  const absl::Duration arrives = way + (mood == Mood::kSlow ? work / 2 : work);
  clock_.After(arrives, [this, request = std::move(request), mood, sent, call] {
    call->put_index = history_.puts.size();
    call->arrived = Arrive(request, mood, sent);
    history_.puts.back().finished = call->ended_at;
  });
  clock_.After(heard ? way + work + Milliseconds(1) : timeout, [this, heard,
                                                                call] {
    End(*call, heard ? call->arrived : Answer{AttemptOutcome::kTimedOut, {}});
  });
  return call;
}

void SimAppservice::End(Call& call, const Answer& answer) {
  if (call.ended_at != absl::InfiniteDuration()) return;
  call.ended_at = clock_.now();
  if (call.put_index.has_value()) {
    history_.puts[*call.put_index].finished = clock_.now();
  }
  call.answer(answer);
}

void SimAppservice::Cancel(Call& call) {
  End(call, {AttemptOutcome::kCancelled, {}});
}

SimAppservice::Answer SimAppservice::Arrive(const Request& request, Mood mood,
                                            absl::Duration sent) {
  simulation::Put put;
  put.appservice = options_.number;
  put.uid = request.uid;
  put.txn_id = request.txn_id;
  put.body = request.body;
  SimBody body = ParseSimBody(*request.body);
  put.is_ephemeral = request.is_ephemeral;
  put.flaw = body.flaw;
  const auto replayed =
      history_.replayed_in.find({request.uid, request.txn_id});
  if (replayed == history_.replayed_in.end()) {
    put.events = std::move(body.events);
  } else {
    put.events = NameReplayed(replayed->second, body, put.flaw);
  }
  if (put.events.empty() != put.is_ephemeral) put.flaw = "it has no events";
  put.sender = request.sender;
  put.standing = request.standing;
  put.sent = sent;
  put.arrived = clock_.now();
  const Answer answer = Judge(request, mood, put.taken);
  clock_.Trace("as", options_.number, ": ", request.txn_id, " from ",
               request.sender, " ", *request.body,
               put.taken == Put::Taken::kYes            ? " taken, "
               : put.taken == Put::Taken::kKnownAlready ? " known, "
                                                        : " not taken, ",
               OutcomeName(answer.outcome));
  history_.puts.push_back(std::move(put));
  return answer;
}

SimAppservice::Answer SimAppservice::Judge(const Request& request, Mood mood,
                                           Put::Taken& taken) {
  // What stands before the service looks at sizes first; but there is more than
  // one way to it, and not all have the same limit.
  if (options_.body_bytes_max > 0 &&
      (healthy_ || !clock_.chance().OneIn(kOtherWayOneIn)) &&
      static_cast<int64_t>(request.body->size()) > options_.body_bytes_max) {
    coverage_.Reached(Fault::kTooLarge);
    return {AttemptOutcome::kTooLarge, {}};
  }
  switch (mood) {
    case Mood::kServerError:
      return {AttemptOutcome::kFailed, {}};
    case Mood::kTooManyRequests:
      return {AttemptOutcome::kFailed,
              clock_.chance().Between(Seconds(1), Seconds(20))};
    case Mood::kRejection:
      return {AttemptOutcome::kRejected, {}};
    case Mood::kRefusal:
      return {AttemptOutcome::kRefused, {}};
    case Mood::kHang:
      return {AttemptOutcome::kTimedOut, {}};
    case Mood::kDroppedAfterReading:
      taken = Take(request.txn_id);
      return {AttemptOutcome::kFailed, {}};
    default:
      taken = Take(request.txn_id);
      return {AttemptOutcome::kDelivered, {}};
  }
}

Put::Taken SimAppservice::Take(const std::string& txn_id) {
  if (options_.remembers_every_id) {
    return txn_ids_.insert(txn_id).second ? Put::Taken::kYes
                                          : Put::Taken::kKnownAlready;
  }
  if (txn_id == last_txn_id_) return Put::Taken::kKnownAlready;
  last_txn_id_ = txn_id;
  return Put::Taken::kYes;
}

}  // namespace causeway::push::simulation
