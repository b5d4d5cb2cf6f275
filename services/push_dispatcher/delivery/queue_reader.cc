#include "services/push_dispatcher/delivery/queue_reader.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "services/push_dispatcher/delivery/cut_transaction.h"
#include "services/shared/server/logging.h"
#include "services/shared/status/status_macros.h"

namespace causeway::push {
namespace {

constexpr BatchSizes kBatches = {.max = 1000};

// Entries of each source that are read for a window. Under load an entry holds
// many events, and these are many transactions.
constexpr int32_t kEntriesOfFetch = 64;

// Entries of each queue that are read at first to make a sealed transaction
// again: mostly more than one reaches into.
constexpr int32_t kEntriesFirst = 16;
// And if they weren't enough, as many as it can reach into, of so many queues
// at once that this is the most of one source of all together.
constexpr int32_t kEntriesThen = 20000;

// The sources of which `entries_max` have been read, no fewer.
std::vector<SourceId> WithMore(absl::Span<const QueueEntry> entries,
                               int32_t entries_max) {
  std::vector<SourceId> sources;
  int32_t count = 0;
  SourceId source_id = 0;
  for (const QueueEntry& entry : entries) {
    count = entry.segment.source_id == source_id ? count + 1 : 1;
    source_id = entry.segment.source_id;
    if (count == entries_max) sources.push_back(source_id);
  }
  return sources;
}

absl::Span<const QueueEntry> OfSource(absl::Span<const QueueEntry> entries,
                                      SourceId source_id) {
  const auto begin = std::find_if(entries.begin(), entries.end(),
                                  [&](const QueueEntry& entry) {
                                    return entry.segment.source_id == source_id;
                                  });
  const auto end =
      std::find_if(begin, entries.end(), [&](const QueueEntry& entry) {
        return entry.segment.source_id != source_id;
      });
  return entries.subspan(static_cast<size_t>(begin - entries.begin()),
                         static_cast<size_t>(end - begin));
}

}  // namespace

QueueReader::QueueReader(QueueStore& store, SegmentCache& cache,
                         TransactionLimits limits, Answer answer)
    : store_(store),
      cache_(cache),
      limits_(limits),
      answer_(std::move(answer)),
      thread_("queue_reader", kBatches, [this](std::vector<Request> requests) {
        Serve(std::move(requests));
      }) {}

void QueueReader::Perform(AppserviceUid uid, RebuildSealed effect) {
  thread_.Add({uid, std::move(effect)});
}

void QueueReader::Perform(AppserviceUid uid, SplitSealed effect) {
  thread_.Add({uid, std::move(effect)});
}

void QueueReader::Perform(AppserviceUid uid, ReadHead effect) {
  thread_.Add({uid, effect});
}

void QueueReader::Fetch(AppserviceUid uid, FetchRequest request,
                        FetchCallback callback) {
  thread_.Add({uid, Fetching{std::move(request), std::move(callback)}});
}

void QueueReader::Serve(std::vector<Request> requests) {
  std::vector<Request*> heads;
  std::vector<Request*> fetches;
  std::vector<Request*> sealed;
  for (Request& request : requests) {
    if (std::holds_alternative<ReadHead>(request.work)) {
      heads.push_back(&request);
    } else if (std::holds_alternative<Fetching>(request.work)) {
      fetches.push_back(&request);
    } else {
      sealed.push_back(&request);
    }
  }
  if (!heads.empty()) ServeHeads(heads);
  if (!fetches.empty()) ServeFetches(fetches);
  if (!sealed.empty()) ServeSealed(sealed, kEntriesFirst, false);
}

void QueueReader::ServeHeads(Requests requests) {
  std::vector<OwnedHead> queues;
  for (const Request* request : requests) {
    const ReadHead& effect = std::get<ReadHead>(request->work);
    queues.push_back({request->uid, effect.epoch, effect.nonce});
  }
  const auto heads = store_.ReadHeads(queues);
  for (size_t i = 0; i < requests.size(); ++i) {
    const Ticket ticket = std::get<ReadHead>(requests[i]->work).ticket;
    if (!heads.ok()) {
      answer_(queues[i].uid, HeadNotRead{ticket});
    } else if (const auto& head = (*heads)[i]; head.has_value()) {
      answer_(queues[i].uid, HeadRead{ticket, head->head, head->epoch});
    } else {
      answer_(queues[i].uid, HeadRead{ticket, std::nullopt});
    }
  }
}

// --- For QueueCutter
// ----------------------------------------------------------

void QueueReader::ServeFetches(Requests requests) {
  std::vector<EntriesQuery> queries;
  for (const Request* request : requests) {
    const Fetching& fetching = std::get<Fetching>(request->work);
    if (fetching.request.after.has_value()) {
      queries.push_back({request->uid, *fetching.request.after});
    }
  }
  absl::StatusOr<std::vector<std::vector<QueueEntry>>> entries =
      std::vector<std::vector<QueueEntry>>();
  if (!queries.empty()) entries = store_.ReadEntries(queries, kEntriesOfFetch);
  size_t next = 0;
  for (Request* request : requests) {
    Fetching& fetching = std::get<Fetching>(request->work);
    if (!fetching.request.after.has_value()) {
      ServeFetch(fetching, std::vector<QueueEntry>());
    } else if (!entries.ok()) {
      ServeFetch(fetching, entries.status());
    } else {
      ServeFetch(fetching, std::move((*entries)[next++]));
    }
  }
}

void QueueReader::ServeFetch(Fetching& fetching,
                             absl::StatusOr<std::vector<QueueEntry>> entries) {
  Fetched fetched;
  fetched.status = entries.status();
  if (entries.ok()) {
    std::vector<SegmentKey> keys = fetching.request.segments;
    int64_t bytes = 0;
    for (const QueueEntry& entry : *entries) {
      bytes += entry.segment_raw_bytes;
      if (!keys.empty() && bytes > kFetchBytesMax) break;
      keys.push_back(entry.segment);
    }
    fetched.with_more = WithMore(*entries, kEntriesOfFetch);
    fetched.entries = *std::move(entries);
    fetched.status = ReadSegments(keys, fetched.segments);
  }
  fetching.callback(std::move(fetched));
}

absl::Status QueueReader::ReadSegments(
    absl::Span<const SegmentKey> keys,
    std::map<SegmentKey, std::shared_ptr<const Segment>>& segments) {
  std::vector<SegmentKey> missing;
  for (const SegmentKey& key : keys) {
    if (segments.contains(key)) continue;
    std::shared_ptr<const Segment> segment = cache_.Find(key);
    if (segment != nullptr) {
      segments[key] = std::move(segment);
    } else if (std::find(missing.begin(), missing.end(), key) ==
               missing.end()) {
      missing.push_back(key);
    }
  }
  if (missing.empty()) return absl::OkStatus();
  CAUSEWAY_ASSIGN_OR_RETURN(const std::vector<EncodedSegment> encoded,
                            store_.ReadSegments(missing));
  for (size_t i = 0; i < missing.size(); ++i) {
    CAUSEWAY_ASSIGN_OR_RETURN(Segment segment, Segment::Decode(encoded[i]));
    auto shared = std::make_shared<const Segment>(std::move(segment));
    cache_.Insert(missing[i], shared);
    segments[missing[i]] = std::move(shared);
  }
  return absl::OkStatus();
}

// --- What is sealed
// -----------------------------------------------------------

namespace {

// The next of a sealed transaction's events, with what has to be read for it.
absl::StatusOr<std::optional<Cut>> CutWith(
    absl::Span<const QueueEntry> entries, const CutBounds& bounds,
    absl::FunctionRef<
        absl::Status(absl::Span<const SegmentKey>,
                     std::map<SegmentKey, std::shared_ptr<const Segment>>&)>
        read_segments) {
  std::map<SegmentKey, std::shared_ptr<const Segment>> segments;
  while (true) {
    CAUSEWAY_ASSIGN_OR_RETURN(
        CutResult result,
        CutTransaction(
            entries, bounds,
            [&](const SegmentKey& key) -> std::shared_ptr<const Segment> {
              const auto found = segments.find(key);
              return found == segments.end() ? nullptr : found->second;
            }));
    if (result.missing.empty()) return std::move(result.cut);
    CAUSEWAY_RETURN_IF_ERROR(read_segments(result.missing, segments));
  }
}

}  // namespace

const SealedTransaction& QueueReader::SealedOf(const Request& request) {
  const auto* rebuild = std::get_if<RebuildSealed>(&request.work);
  return rebuild != nullptr ? rebuild->sealed
                            : std::get<SplitSealed>(request.work).sealed;
}

void QueueReader::ServeSealed(Requests requests, int32_t entries_max,
                              bool is_last) {
  std::vector<EntriesQuery> queries;
  for (const Request* request : requests) {
    const auto* rebuild = std::get_if<RebuildSealed>(&request->work);
    queries.push_back(
        {request->uid, rebuild != nullptr
                           ? rebuild->after
                           : std::get<SplitSealed>(request->work).after});
  }
  const auto all_entries = store_.ReadEntries(queries, entries_max);
  std::vector<Request*> again;
  for (size_t i = 0; i < requests.size(); ++i) {
    Request& request = *requests[i];
    const auto* rebuild = std::get_if<RebuildSealed>(&request.work);
    const auto* split = std::get_if<SplitSealed>(&request.work);
    if (!all_entries.ok()) {
      answer_(request.uid, SealedNotLoaded{rebuild != nullptr ? rebuild->ticket
                                                              : split->ticket});
      continue;
    }
    const SealedTransaction& sealed = SealedOf(request);
    const auto entries = OfSource((*all_entries)[i], sealed.source_id);
    const bool are_all =
        is_last || entries.size() < static_cast<size_t>(entries_max);
    std::optional<DeliveryEvent> event =
        rebuild != nullptr ? Rebuild(*rebuild, entries, are_all)
                           : Split(*split, entries, are_all);
    if (event.has_value()) {
      answer_(request.uid, *std::move(event));
    } else {
      again.push_back(&request);
    }
  }
  // Each entry has an event of it at least, but the first perhaps, of which all
  // may be settled.
  int32_t needed = 1;
  for (const Request* request : again) {
    needed = std::max(needed, 1 + SealedOf(*request).event_count);
  }
  const auto together = static_cast<size_t>(std::max(1, kEntriesThen / needed));
  for (size_t i = 0; i < again.size(); i += together) {
    ServeSealed(Requests(again).subspan(i, together), needed, true);
  }
}

std::optional<DeliveryEvent> QueueReader::Rebuild(
    const RebuildSealed& effect, absl::Span<const QueueEntry> entries,
    bool entries_are_all) {
  const SealedTransaction& sealed = effect.sealed;
  const absl::StatusOr<std::optional<Cut>> cut = CutWith(
      entries,
      {.after = effect.after.Get(sealed.source_id),
       .limits = {.events_max = sealed.event_count,
                  .body_bytes_max = std::numeric_limits<int64_t>::max()},
       .last_position_max = sealed.last_position,
       .ephemeral = sealed.ephemeral},
      [this](auto keys, auto& segments) {
        return ReadSegments(keys, segments);
      });
  if (!cut.ok() && !absl::IsDataLoss(cut.status())) {
    return SealedNotLoaded{effect.ticket};
  }
  const bool complete = cut.ok() && cut->has_value() &&
                        (*cut)->last_position == sealed.last_position &&
                        (*cut)->event_count == sealed.event_count;
  if (cut.ok() && !complete && !entries_are_all) return std::nullopt;
  // Bytes, not meaning, are sealed (hard case 8).
  if (!complete || sealed.body_format != (*cut)->body_format ||
      (*cut)->body_sha256 != sealed.body_sha256) {
    return SealedNotReproduced{effect.ticket};
  }
  return SealedRebuilt{effect.ticket, (*cut)->body};
}

std::optional<DeliveryEvent> QueueReader::Split(
    const SplitSealed& effect, absl::Span<const QueueEntry> entries,
    bool entries_are_all) {
  const SealedTransaction& sealed = effect.sealed;
  SealedSplit answer = {.ticket = effect.ticket, .pieces = {}};
  int64_t after = effect.after.Get(sealed.source_id);
  while (after < sealed.last_position) {
    const absl::StatusOr<std::optional<Cut>> cut =
        CutWith(entries,
                {.after = after,
                 .limits = {.events_max = limits_.events_max,
                            .body_bytes_max = effect.body_bytes_max},
                 .last_position_max = sealed.last_position},
                [this](auto keys, auto& segments) {
                  return ReadSegments(keys, segments);
                });
    if (!cut.ok() && !absl::IsDataLoss(cut.status())) {
      return SealedNotLoaded{effect.ticket};
    }
    if (!cut.ok() || !cut->has_value()) {
      if (cut.ok() && !entries_are_all) return std::nullopt;
      return SealedNotReproduced{effect.ticket};
    }
    after = (*cut)->last_position;
    answer.pieces.push_back(**cut);
  }
  return answer;
}

}  // namespace causeway::push
