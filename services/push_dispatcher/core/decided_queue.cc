#include "services/push_dispatcher/core/decided_queue.h"

#include <memory>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "services/push_dispatcher/core/delivery_effects.h"
#include "services/push_dispatcher/core/delivery_events.h"
#include "services/push_dispatcher/core/describe_delivery.h"
#include "services/push_dispatcher/core/ephemeral_item.h"
#include "services/push_dispatcher/core/queue_head.h"

namespace causeway::push {
namespace {

constexpr int kBodyBytes = 40;

std::shared_ptr<const std::string> MakeBody() {
  return std::make_shared<const std::string>(kBodyBytes, 'b');
}

Cut MakeCut(const Cursors& after, int32_t event_count, bool full,
            absl::Time publish_time) {
  return {.source_id = 1,
          .last_position = after.Get(1) + event_count,
          .event_count = event_count,
          .body_sha256 = "sha",
          .body_format = kEventsBodyFormat,
          .publish_time = publish_time,
          .body = MakeBody(),
          .full = full};
}

QueueHead IdleHead() {
  return {.txn_id = "old-8", .sealed = {}, .cursors = Cursors({10})};
}

QueueHead SealedHead(absl::Time publish_time) {
  return {.txn_id = "old-9",
          .sealed = {{.txn_id = "old-9",
                      .source_id = 1,
                      .last_position = 14,
                      .event_count = 4,
                      .body_sha256 = "sha",
                      .body_format = kEventsBodyFormat,
                      .publish_time = publish_time}},
          .cursors = Cursors({10})};
}

}  // namespace

const std::map<std::string, DecidedQueue::EventMaker>& DecidedQueue::Events() {
  using Q = DecidedQueue;
  const auto attempt = [](AttemptOutcome outcome, const char* error) {
    return [=](const Q& q) {
      return AttemptFinished{.ticket = q.state_.attempt_ticket,
                             .outcome = outcome,
                             .error = error};
    };
  };
  static const auto* const kEvents = new std::map<std::string, EventMaker>{
      {"lease",
       [](const Q& q) {
         return LeaseAcquired{3, "n", IdleHead(), q.settings_};
       }},
      {"lease, sealed",
       [](const Q& q) {
         return LeaseAcquired{4, "m", SealedHead(q.wall_), q.settings_};
       }},
      {"lease lost", [](const Q&) { return LeaseLost{}; }},
      {"drain", [](const Q&) { return Drain{}; }},
      {"woken", [](const Q&) { return Woken{}; }},
      {"retry now", [](const Q&) { return RetryNow{}; }},
      {"sign of life", [](const Q&) { return SignOfLife{}; }},
      {"typing",
       [](const Q& q) {
         return EphemeralQueued{{std::make_shared<EphemeralItem>(
             EphemeralItem{.room_id = absl::StrCat(q.typing_),
                           .json = absl::StrCat("{\"t\":", q.typing_, "}")})}};
       }},
      {"timer", [](const Q&) { return TimerFired{}; }},
      {"cut",
       [](const Q& q) {
         Cut cut = MakeCut(q.load_.after, 2, false, q.wall_);
         cut.ephemeral = q.load_.ephemeral;
         return NextLoaded{q.state_.load_ticket, {std::move(cut)}};
       }},
      {"full cut",
       [](const Q& q) {
         return NextLoaded{q.state_.load_ticket,
                           {MakeCut(q.load_.after, 100, true, q.wall_)},
                           /*more=*/true};
       }},
      {"two cuts",
       [](const Q& q) {
         Cut first = MakeCut(q.load_.after, 100, true, q.wall_);
         Cursors behind;
         behind.Set(1, first.last_position);
         return NextLoaded{
             q.state_.load_ticket,
             {std::move(first), MakeCut(behind, 2, false, q.wall_)}};
       }},
      {"no cut",
       [](const Q& q) {
         return NextLoaded{q.state_.load_ticket, {}};
       }},
      {"cut failed",
       [](const Q& q) { return NextNotLoaded{q.state_.load_ticket}; }},
      {"rebuilt",
       [](const Q& q) {
         return SealedRebuilt{q.state_.rebuild_ticket, MakeBody()};
       }},
      {"not reproduced",
       [](const Q& q) { return SealedNotReproduced{q.state_.rebuild_ticket}; }},
      {"rebuild failed",
       [](const Q& q) { return SealedNotLoaded{q.state_.rebuild_ticket}; }},
      {"split",
       [](const Q& q) {
         const SealedTransaction& whole = q.split_.sealed;
         Cut first = MakeCut(q.split_.after, 1, true, whole.publish_time);
         Cut second = first;
         second.last_position = whole.last_position;
         second.event_count = whole.event_count - 1;
         return SealedSplit{q.state_.split_ticket,
                            {std::move(first), std::move(second)}};
       }},
      {"split into one",
       [](const Q& q) {
         const SealedTransaction& whole = q.split_.sealed;
         return SealedSplit{q.state_.split_ticket,
                            {MakeCut(q.split_.after, whole.event_count, true,
                                     whole.publish_time)}};
       }},
      {"split failed",
       [](const Q& q) { return SealedNotLoaded{q.state_.split_ticket}; }},
      {"committed",
       [](const Q& q) { return WriteCommitted{q.state_.write_ticket}; }},
      {"refused",
       [](const Q& q) { return WriteRefused{q.state_.write_ticket}; }},
      {"unknown",
       [](const Q& q) { return WriteUnknown{q.state_.write_ticket}; }},
      {"head",
       [](const Q& q) {
         return HeadRead{q.state_.read_ticket, IdleHead(), q.state_.epoch + 1};
       }},
      {"head, sealed",
       [](const Q& q) {
         return HeadRead{q.state_.read_ticket, SealedHead(q.wall_),
                         q.state_.epoch + 1};
       }},
      {"head of another",
       [](const Q& q) {
         return HeadRead{q.state_.read_ticket, {}};
       }},
      {"head failed",
       [](const Q& q) { return HeadNotRead{q.state_.read_ticket}; }},
      {"200", attempt(AttemptOutcome::kDelivered, "")},
      {"413", attempt(AttemptOutcome::kTooLarge, "HTTP 413")},
      {"400", attempt(AttemptOutcome::kRejected, "HTTP 400")},
      {"403", attempt(AttemptOutcome::kRefused, "HTTP 403")},
      {"500", attempt(AttemptOutcome::kFailed, "HTTP 500")},
      {"timeout", attempt(AttemptOutcome::kTimedOut, "no answer")},
      {"cancelled", attempt(AttemptOutcome::kCancelled, "cancelled")},
  };
  return *kEvents;
}

std::vector<std::string> DecidedQueue::EventNames() {
  std::vector<std::string> names;
  for (const auto& [name, maker] : Events()) names.push_back(name);
  return names;
}

std::string DecidedQueue::Tell(const DeliveryEvent& event) {
  const auto effects =
      Decide(options_, state_, event, {.now = now_, .wall = wall_});
  for (const DeliveryEffect& effect : effects) {
    if (const auto* load = std::get_if<LoadNext>(&effect)) load_ = *load;
    if (const auto* split = std::get_if<SplitSealed>(&effect)) split_ = *split;
  }
  return Describe(effects);
}

std::string DecidedQueue::Tell(const std::string& event_name) {
  const auto event = Events().find(event_name);
  if (event == Events().end()) return "no such event: " + event_name;
  return Tell(event->second(*this));
}

void DecidedQueue::TellAll(const std::vector<std::string>& event_names) {
  for (const std::string& name : event_names) Tell(name);
}

}  // namespace causeway::push
