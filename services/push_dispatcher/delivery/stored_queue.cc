#include "services/push_dispatcher/delivery/stored_queue.h"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "services/push_dispatcher/core/event_set.h"
#include "services/push_dispatcher/core/segment.h"

namespace causeway::push {
namespace {

std::string Event(const std::string& source, int64_t position) {
  return absl::StrCat("{\"", source, "\":", position, "}");
}

}  // namespace

StoredQueue::StoredQueue() {
  EXPECT_TRUE(store_.ApplyRegistry(1, {{{kUid, "irc", true}}}).ok());
}

IngestBatch StoredQueue::Publish(int count, const std::string& source,
                                 const EventSet& to_device) {
  IngestBatch batch;
  batch.before = store_.OpenSource(source).value();
  std::vector<std::string> records;
  EventSet events;
  for (int i = 0; i < count; ++i) {
    records.push_back(Event(source, batch.before.end.position + i));
    events.Add(static_cast<size_t>(i));
  }
  batch.end = {.position = batch.before.end.position + count,
               .prefix_sha256 = batch.before.end.prefix_sha256};
  batch.events = std::make_shared<const Segment>(Segment::Of(
      std::vector<absl::string_view>(records.begin(), records.end()),
      to_device));
  batch.segment = batch.events->Encode(batch.end.prefix_sha256);
  batch.entries = {
      {.uid = kUid, .last_position = batch.end.position - 1, .events = events}};
  EXPECT_TRUE(store_.Commit(batch).ok());
  return batch;
}

std::string StoredQueue::Body(const std::string& source, int64_t first,
                              int64_t last) {
  std::vector<std::string> events;
  for (int64_t i = first; i <= last; ++i) events.push_back(Event(source, i));
  return absl::StrCat("{\"events\":[", absl::StrJoin(events, ","), "]}");
}

}  // namespace causeway::push
