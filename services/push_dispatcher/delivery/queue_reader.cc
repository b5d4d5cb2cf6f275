#include "services/push_dispatcher/delivery/queue_reader.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "services/shared/matrix/token.h"
#include "services/shared/server/logging.h"

namespace causeway::push {
namespace {

constexpr size_t kRequestsMax = 1000;

// Entries of each queue that are read at first. Under load an entry holds many
// events, and these are more than a transaction takes.
constexpr int32_t kEntriesFirst = 16;
// And if they weren't enough. Each has one event at least, the first perhaps
// only acknowledged ones, so this always is.
constexpr int32_t kEntriesThen = 1 + 10000;

// Those of the first source behind `last_source`, going round.
absl::Span<const QueueEntry> NextSource(absl::Span<const QueueEntry> entries,
                                        SourceId last_source) {
  if (entries.empty()) return entries;
  auto begin = std::find_if(entries.begin(), entries.end(),
                            [&](const QueueEntry& entry) {
                              return entry.segment.source_id > last_source;
                            });
  if (begin == entries.end()) begin = entries.begin();
  const SourceId source_id = begin->segment.source_id;
  const auto end =
      std::find_if(begin, entries.end(), [&](const QueueEntry& entry) {
        return entry.segment.source_id != source_id;
      });
  return entries.subspan(static_cast<size_t>(begin - entries.begin()),
                         static_cast<size_t>(end - begin));
}

absl::Span<const QueueEntry> OnlySource(absl::Span<const QueueEntry> entries,
                                        SourceId source_id) {
  const auto of_source = NextSource(entries, source_id - 1);
  if (!of_source.empty() && of_source[0].segment.source_id != source_id) {
    return {};
  }
  return of_source;
}

}  // namespace

QueueReader::QueueReader(QueueStore& store, SegmentCache& cache,
                         TransactionLimits limits, Answer answer)
    : store_(store),
      limits_(limits),
      answer_(std::move(answer)),
      walk_(store, cache),
      thread_(kRequestsMax, [this](std::vector<Request> requests) {
        Serve(std::move(requests));
      }) {}

void QueueReader::Perform(AppserviceUid uid, LoadNext effect) {
  thread_.Add({uid, std::move(effect)});
}

void QueueReader::Perform(AppserviceUid uid, RebuildSealed effect) {
  thread_.Add({uid, std::move(effect)});
}

void QueueReader::Perform(AppserviceUid uid, ReadHead effect) {
  thread_.Add({uid, effect});
}

void QueueReader::Serve(std::vector<Request> requests) {
  std::vector<const Request*> heads;
  std::vector<const Request*> others;
  for (const Request& request : requests) {
    (std::holds_alternative<ReadHead>(request.effect) ? heads : others)
        .push_back(&request);
  }
  if (!heads.empty()) ServeHeads(heads);
  if (!others.empty()) ServeEntries(others, kEntriesFirst);
}

void QueueReader::ServeHeads(absl::Span<const Request* const> requests) {
  std::vector<OwnedHead> queues;
  for (const Request* request : requests) {
    queues.push_back({request->uid, std::get<ReadHead>(request->effect).epoch});
  }
  const auto heads = store_.ReadHeads(queues);
  for (size_t i = 0; i < requests.size(); ++i) {
    const Ticket ticket = std::get<ReadHead>(requests[i]->effect).ticket;
    if (heads.ok()) {
      answer_(queues[i].uid, HeadRead{ticket, (*heads)[i]});
    } else {
      answer_(queues[i].uid, HeadNotRead{ticket});
    }
  }
}

void QueueReader::ServeEntries(absl::Span<const Request* const> requests,
                               int32_t entries_max) {
  std::vector<EntriesQuery> queries;
  for (const Request* request : requests) {
    const auto* load = std::get_if<LoadNext>(&request->effect);
    queries.push_back(
        {request->uid, load != nullptr
                           ? load->after
                           : std::get<RebuildSealed>(request->effect).after});
  }
  const auto entries = store_.ReadEntries(queries, entries_max);
  std::vector<const Request*> again;
  for (size_t i = 0; i < requests.size(); ++i) {
    const Request& request = *requests[i];
    if (const auto* load = std::get_if<LoadNext>(&request.effect)) {
      const auto event =
          entries.ok()
              ? Serve(*load, (*entries)[i], entries_max)
              : std::optional<DeliveryEvent>(NextNotLoaded{load->ticket});
      event.has_value() ? answer_(request.uid, *event)
                        : again.push_back(&request);
    } else {
      const auto& rebuild = std::get<RebuildSealed>(request.effect);
      const auto event =
          entries.ok()
              ? Serve(rebuild, (*entries)[i], entries_max)
              : std::optional<DeliveryEvent>(SealedNotLoaded{rebuild.ticket});
      event.has_value() ? answer_(request.uid, *event)
                        : again.push_back(&request);
    }
  }
  if (!again.empty()) ServeEntries(again, kEntriesThen);
}

std::optional<DeliveryEvent> QueueReader::Serve(
    const LoadNext& effect, absl::Span<const QueueEntry> all_entries,
    int32_t entries_max) {
  const auto entries = NextSource(all_entries, effect.last_source);
  if (entries.empty()) return NextLoaded{effect.ticket, std::nullopt};

  Cut cut;
  cut.source_id = entries[0].segment.source_id;
  cut.body_format = kBodyFormat;
  TransactionBody body({.events_max = effect.events_max,
                        .body_bytes_max = limits_.body_bytes_max});
  const absl::Status walked =
      walk_.Visit(entries, effect.after.Get(cut.source_id), effect.events_max,
                  [&](int64_t position, absl::string_view event_json) {
                    if (!body.Add(event_json)) {
                      cut.full = true;
                      return false;
                    }
                    cut.last_position = position;
                    return true;
                  });
  if (!walked.ok()) {
    log::Error("queued events could not be read", {{"error", walked}});
    return NextNotLoaded{effect.ticket};
  }
  cut.event_count = body.event_count();
  if (!cut.full && static_cast<int32_t>(entries.size()) == entries_max) {
    if (entries_max < kEntriesThen) return std::nullopt;
    cut.full = true;
  }
  if (cut.event_count == effect.events_max) cut.full = true;
  cut.body = body.Finish();
  cut.body_sha256 = matrix::Sha256(*cut.body);
  return NextLoaded{effect.ticket, std::move(cut)};
}

std::optional<DeliveryEvent> QueueReader::Serve(
    const RebuildSealed& effect, absl::Span<const QueueEntry> all_entries,
    int32_t entries_max) {
  const SealedTransaction& sealed = effect.sealed;
  const auto entries = OnlySource(all_entries, sealed.source_id);
  TransactionBody body(
      {.events_max = sealed.event_count, .body_bytes_max = int64_t{1} << 62});
  bool complete = false;
  const absl::Status walked = walk_.Visit(
      entries, effect.after.Get(sealed.source_id), sealed.event_count,
      [&](int64_t position, absl::string_view event_json) {
        if (!body.Add(event_json)) return false;
        complete = position == sealed.last_position;
        return position < sealed.last_position;
      });
  if (!walked.ok() && !absl::IsDataLoss(walked)) {
    return SealedNotLoaded{effect.ticket};
  }
  if (walked.ok() && !complete && entries_max < kEntriesThen &&
      static_cast<int32_t>(entries.size()) == entries_max) {
    return std::nullopt;
  }
  std::shared_ptr<const std::string> bytes = body.Finish();
  // Bytes, not meaning, are sealed (hard case 8).
  if (!complete || sealed.body_format != kBodyFormat ||
      matrix::Sha256(*bytes) != sealed.body_sha256) {
    return SealedNotReproduced{effect.ticket};
  }
  return SealedRebuilt{effect.ticket, std::move(bytes)};
}

}  // namespace causeway::push
