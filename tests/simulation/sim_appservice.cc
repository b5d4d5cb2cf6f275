#include "tests/simulation/sim_appservice.h"

#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

namespace causeway::push::simulation {
namespace {

using absl::Milliseconds;
using absl::Seconds;

constexpr int64_t kOtherWayOneIn = 5;
constexpr absl::Duration kAttemptTimeout = Seconds(10);

// The events by the names in their bytes: "STREAM:POSITIONxxx".
std::vector<StreamEvent> ParseEvents(absl::string_view body) {
  std::vector<StreamEvent> events;
  const size_t begin = body.find('[');
  if (begin == absl::string_view::npos) return events;
  auto number_at = [&](size_t& at) {
    int64_t number = 0;
    for (; at < body.size() && body[at] >= '0' && body[at] <= '9'; ++at) {
      number = number * 10 + (body[at] - '0');
    }
    return number;
  };
  size_t at = body.find('"', begin);
  while (at != absl::string_view::npos) {
    ++at;
    StreamEvent event;
    event.stream = static_cast<int32_t>(number_at(at));
    ++at;  // The colon.
    event.position = number_at(at);
    events.push_back(event);
    at = body.find('"', at);  // The end of this one.
    at = body.find('"', at + 1);
  }
  return events;
}

}  // namespace

SimAppservice::Mood SimAppservice::Draw() {
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

void SimAppservice::Put(Request request, std::function<void(Answer)> answer) {
  Chance& chance = clock_.chance();
  const Mood mood = Draw();
  if (mood == Mood::kUnreachable) {
    clock_.After(chance.Between(Milliseconds(1), Seconds(2)),
                 [answer = std::move(answer)] {
                   answer({AttemptOutcome::kFailed, {}});
                 });
    return;
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
  const bool heard = mood != Mood::kReplyLost && mood != Mood::kHang &&
                     way + work < kAttemptTimeout;
  auto result = std::make_shared<Answer>();
  // Slow ones take it when they have done their work.
  const absl::Duration arrives = way + (mood == Mood::kSlow ? work / 2 : work);
  auto put_index = std::make_shared<size_t>(history_.puts.max_size());
  clock_.After(arrives, [this, request = std::move(request), mood, sent, result,
                         put_index] {
    *put_index = history_.puts.size();
    *result = Arrive(request, mood, sent);
  });
  clock_.After(
      heard ? way + work + Milliseconds(1) : kAttemptTimeout,
      [this, heard, result, put_index, answer = std::move(answer)] {
        if (*put_index < history_.puts.size()) {
          history_.puts[*put_index].finished = clock_.now();
        }
        answer(heard ? *result : Answer{AttemptOutcome::kTimedOut, {}});
      });
}

SimAppservice::Answer SimAppservice::Arrive(const Request& request, Mood mood,
                                            absl::Duration sent) {
  simulation::Put put;
  put.appservice = options_.number;
  put.uid = request.uid;
  put.txn_id = request.txn_id;
  put.body = request.body;
  put.events = ParseEvents(*request.body);
  put.sender = request.sender;
  put.standing = request.standing;
  put.sent = sent;
  put.arrived = clock_.now();
  if (clock_.now() - sent >= kAttemptTimeout)
    put.finished = sent + kAttemptTimeout;
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
