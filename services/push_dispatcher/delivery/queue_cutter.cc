#include "services/push_dispatcher/delivery/queue_cutter.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "services/push_dispatcher/delivery/cut_transaction.h"

namespace causeway::push {
namespace {

constexpr BatchSizes kBatches = {.max = 1000};

void Advance(Cursors& after, const Cut& cut) {
  after.Set(cut.source_id, cut.last_position);
}

}  // namespace

QueueCutter::QueueCutter(Options options, QueueReader& reader,
                         SegmentCache& cache, const Clock& clock,
                         PushMetrics& metrics, Answer answer)
    : options_(options),
      reader_(reader),
      cache_(cache),
      clock_(clock),
      metrics_(metrics),
      answer_(std::move(answer)),
      pace_(options.small_cuts_per_second_max),
      thread_(
          "queue_cutter", kBatches,
          [this](std::vector<Item> items) {
            for (Item& item : items) {
              std::visit([this](auto& i) { Do(std::move(i)); }, item);
            }
            ServeHeld();
          },
          [this] { return pace_.UntilNext(clock_.MonotonicNow()); }) {}

void QueueCutter::Perform(AppserviceUid uid, LoadNext effect) {
  thread_.Add(Load{uid, std::move(effect)});
}

void QueueCutter::Offer(CommittedEntries committed) {
  thread_.Add(std::move(committed));
}

void QueueCutter::Lose(AppserviceUid uid) { thread_.Add(Losing{uid}); }

void QueueCutter::LoseAll() { thread_.Add(Losing{}); }

void QueueCutter::Forget(AppserviceUid uid) { thread_.Add(Forgetting{uid}); }

void QueueCutter::ForgetCommits() { thread_.Add(ForgettingCommits{}); }

// --- The thread --------------------------------------------------------------

void QueueCutter::Do(Load load) {
  std::unique_ptr<Queue>& queue = queues_[load.uid];
  if (queue == nullptr) {
    queue = std::make_unique<Queue>(options_.window_entries_max);
  }
  if (!queue->window.Covers(load.effect.after)) {
    queue->window.Restart(load.effect.after);
    queue->read_id = 0;
  }
  queue->waiting = std::move(load.effect);
  if (MustWait(load.uid, *queue)) return;
  Serve(load.uid, *queue);
}

void QueueCutter::Do(const CommittedEntries& committed) {
  const auto end = source_ends_.find(committed.source_id);
  // Another replica has taken events in between: what it queued isn't here.
  const bool unbroken =
      end != source_ends_.end() && end->second == committed.begin;
  if (!unbroken) Do(Losing{});
  source_ends_[committed.source_id] = committed.end;
  pace_.TakenIn(committed.saturated, clock_.MonotonicNow());
  for (const auto& [uid, entry] : committed.entries) {
    const auto found = queues_.find(uid);
    if (found == queues_.end()) continue;
    Queue& queue = *found->second;
    queue.window.Append(entry);
    if (!queue.held_events.has_value()) continue;
    *queue.held_events += static_cast<int64_t>(entry.events.count());
    if (*queue.held_events >= queue.waiting->events_max) {
      queue.held_events.reset();  // It is whole now.
      Serve(uid, queue);
    }
  }
}

void QueueCutter::Do(Losing losing) {
  if (losing.uid == 0) {
    for (auto& [uid, queue] : queues_) queue->window.Lose();
    return;
  }
  const auto found = queues_.find(losing.uid);
  if (found != queues_.end()) found->second->window.Lose();
}

void QueueCutter::Do(Forgetting forgetting) { queues_.erase(forgetting.uid); }

void QueueCutter::Do(ForgettingCommits) { source_ends_.clear(); }

void QueueCutter::Do(Fetched fetched) {
  const auto found = queues_.find(fetched.uid);
  if (found == queues_.end()) return;
  Queue& queue = *found->second;
  const absl::Status& status = fetched.result.status;
  if (fetched.read_id != 0 && fetched.read_id == queue.read_id) {
    if (status.ok()) {
      queue.window.EndRead(std::move(fetched.result.entries),
                           fetched.result.with_more);
    } else {
      queue.window.AbandonRead();
    }
  }
  queue.prefetching = false;
  if (!queue.waiting.has_value() || queue.held_events.has_value()) return;
  if (!status.ok()) {
    GiveUp(fetched.uid, queue, status);
    return;
  }
  for (auto& [key, segment] : fetched.result.segments) {
    queue.segments[key] = std::move(segment);
  }
  Serve(fetched.uid, queue);
}

bool QueueCutter::MustWait(AppserviceUid uid, Queue& queue) {
  const bool was_held = queue.held_events.has_value();
  queue.held_events.reset();
  if (!pace_.Holds(clock_.MonotonicNow()) || !queue.window.reaches_end()) {
    return false;
  }
  int64_t count = 0;
  for (const QueueEntry& entry :
       queue.window.Next(queue.waiting->after, queue.waiting->last_source)) {
    count += static_cast<int64_t>(entry.events.count());
  }
  if (count == 0 || count >= queue.waiting->events_max) return false;
  queue.held_events = count;
  if (was_held) return true;  // It keeps its place.
  pace_.Hold(uid);
  metrics_.SmallTransactionHeld();
  return true;
}

void QueueCutter::ServeHeld() {
  while (const auto uid = pace_.Next(clock_.MonotonicNow())) {
    const auto found = queues_.find(*uid);
    if (found == queues_.end() || !found->second->held_events.has_value()) {
      continue;
    }
    found->second->held_events.reset();
    Serve(*uid, *found->second);
  }
}

void QueueCutter::Serve(AppserviceUid uid, Queue& queue) {
  const LoadNext& load = *queue.waiting;
  auto find_segment = [&](const SegmentKey& key) {
    const auto own = queue.segments.find(key);
    return own != queue.segments.end() ? own->second : cache_.Find(key);
  };
  NextLoaded answer = {.ticket = load.ticket, .cuts = {}, .more = false};
  Cursors after = load.after;
  SourceId last_source = load.last_source;
  while (answer.cuts.size() < static_cast<size_t>(load.cuts_max)) {
    const auto entries = queue.window.Next(after, last_source);
    const SourceId source_id =
        entries.empty() ? 0 : entries[0].segment.source_id;
    absl::StatusOr<CutResult> result = CutResult{};
    if (!entries.empty()) {
      result = CutTransaction(
          entries,
          {.after = after.Get(source_id),
           .limits = {.events_max = load.events_max,
                      .body_bytes_max = load.body_bytes_max},
           .expired_before = load.expired_before,
           .ephemeral = answer.cuts.empty() ? load.ephemeral : ""},
          find_segment);
    }
    if (!result.ok()) {
      GiveUp(uid, queue, result.status());
      return;
    }
    // A transaction is cut short by its limits or by the end of its source, not
    // by the end of what happens to be in memory.
    const bool is_at_end = entries.empty()
                               ? queue.window.reaches_end()
                               : queue.window.reaches_end(source_id);
    const bool incomplete =
        !result->missing.empty() ||
        (!(result->cut.has_value() && result->cut->full) && !is_at_end);
    if (incomplete && answer.cuts.empty()) {
      if (!result->missing.empty()) {
        FetchSegments(uid, std::move(result->missing));
      } else if (!queue.window.reading()) {
        FetchEntries(uid, queue, after, source_id);
      }
      return;
    }
    if (incomplete || !result->cut.has_value()) break;
    Advance(after, *result->cut);
    last_source = result->cut->source_id;
    answer.cuts.push_back(*std::move(result->cut));
  }
  answer.more = !queue.window.reaches_end() ||
                !queue.window.Next(after, last_source).empty();
  queue.window.Trim(load.after);
  queue.waiting.reset();
  queue.segments.clear();
  Prefetch(uid, queue, after, last_source);
  answer_(uid, std::move(answer));
}

void QueueCutter::GiveUp(AppserviceUid uid, Queue& queue,
                         const absl::Status& why) {
  const LoadNext load = *std::exchange(queue.waiting, std::nullopt);
  queue.segments.clear();
  // Perhaps the store is not away, but has gone back, and has other entries.
  queue.window.Restart(load.after);
  queue.read_id = 0;
  NextNotLoaded answer = {.ticket = load.ticket};
  if (absl::IsDataLoss(why)) {
    answer.error =
        absl::StrCat("what is queued can't be read: ", why.message());
  }
  answer_(uid, std::move(answer));
}

void QueueCutter::Prefetch(AppserviceUid uid, Queue& queue,
                           const Cursors& after, SourceId last_source) {
  if (queue.window.reaches_end() || queue.prefetching) return;
  if (!queue.window.reading() && queue.window.RunsLow(after)) {
    queue.prefetching = true;
    FetchEntries(uid, queue, after, 0);
    return;
  }
  const auto entries = queue.window.Next(after, last_source);
  for (const QueueEntry& entry : entries.subspan(0, 2)) {
    if (cache_.Find(entry.segment) != nullptr) continue;
    queue.prefetching = true;
    FetchSegments(uid, {entry.segment});
    return;
  }
}

void QueueCutter::FetchEntries(AppserviceUid uid, Queue& queue,
                               const Cursors& after, SourceId wanted) {
  queue.read_id = ++last_read_id_;
  reader_.Fetch(
      uid, {.after = queue.window.BeginRead(after, wanted), .segments = {}},
      [this, uid, read_id = queue.read_id](QueueReader::Fetched result) {
        thread_.Add(Fetched{uid, read_id, std::move(result)});
      });
}

void QueueCutter::FetchSegments(AppserviceUid uid,
                                std::vector<SegmentKey> keys) {
  reader_.Fetch(uid, {.after = std::nullopt, .segments = std::move(keys)},
                [this, uid](QueueReader::Fetched result) {
                  thread_.Add(Fetched{uid, 0, std::move(result)});
                });
}

}  // namespace causeway::push
