#include "services/push_dispatcher/delivery/queue_writer.h"

#include <utility>

#include "services/shared/server/logging.h"

namespace causeway::push {
namespace {

// What is published for a hundred queues at once has them all write; the first
// are sent while the others are committed.
constexpr BatchSizes kBatches = {.max = 1000, .first_max = 32};

}  // namespace

QueueWriter::QueueWriter(QueueStore& store, const Clock& clock,
                         PushMetrics& metrics, Answer answer)
    : store_(store),
      clock_(clock),
      metrics_(metrics),
      answer_(std::move(answer)),
      thread_("queue_writer", kBatches,
              [this](std::vector<Request> requests) { Serve(requests); }) {}

void QueueWriter::Perform(AppserviceUid uid, Write effect) {
  thread_.Add({uid, std::move(effect)});
}

void QueueWriter::Serve(const std::vector<Request>& requests) {
  std::vector<OwnedWrite> writes;
  writes.reserve(requests.size());
  for (const Request& request : requests) {
    writes.push_back({request.uid, request.effect.write});
  }
  const absl::Duration start = clock_.MonotonicNow();
  const absl::StatusOr<std::vector<bool>> done = store_.Write(writes);
  if (!done.ok()) {
    log::Warning("seals and acknowledgements could not be committed",
                 {{"queues", requests.size()}, {"error", done.status()}});
    for (const Request& request : requests) {
      answer_(request.uid, WriteUnknown{request.effect.ticket});
    }
    return;
  }
  metrics_.HeadsCommitted(static_cast<int64_t>(requests.size()),
                          clock_.MonotonicNow() - start);
  for (size_t i = 0; i < requests.size(); ++i) {
    const Ticket ticket = requests[i].effect.ticket;
    if (!(*done)[i]) {
      answer_(requests[i].uid, WriteRefused{ticket});
      continue;
    }
    for (const QueueWrite::Settled& settled : writes[i].write.settled) {
      metrics_.TransactionSettled(settled.settlement.kind,
                                  settled.sealed.event_count);
    }
    answer_(requests[i].uid, WriteCommitted{ticket});
  }
}

}  // namespace causeway::push
