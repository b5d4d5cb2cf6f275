#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_TESTING_TEST_SOURCE_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_TESTING_TEST_SOURCE_H_

#include <deque>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "services/push_dispatcher/core/source_chain.h"
#include "services/push_dispatcher/ingest/publish_batch.h"

namespace causeway::push {

// A stream of events for tests, with positions and running hash:
//
//   TestSource source("hs");
//   source.Message("!r:hs", "@alice:hs", "hello");
//   ingest.Publish(source.Take(), ...);
//
// Thread-compatible. Must outlive what it gave.
class TestSource {
 public:
  explicit TestSource(absl::string_view name = "hs") : name_(name) {}

  void Message(absl::string_view room_id, absl::string_view sender,
               absl::string_view text);
  // `membership` such as "join".
  void Member(absl::string_view room_id, absl::string_view user_id,
              absl::string_view membership);
  // For a device of this user.
  void ToDevice(absl::string_view to_user_id, absl::string_view text);
  void AliasAdded(absl::string_view room_id, absl::string_view room_alias);
  void AliasRemoved(absl::string_view room_id, absl::string_view room_alias);
  void Skip();

  // What was added since the last time.
  PublishBatch Take();

  // Where the stream stands behind what was taken.
  const ChainPoint& end() const { return end_; }
  // Begins again from there, with what is added next.
  void GoBack(const ChainPoint& point) { end_ = point; }

  // The event's JSON, as Message() made it.
  static std::string MessageJson(absl::string_view room_id,
                                 absl::string_view sender,
                                 absl::string_view text);
  static std::string ToDeviceJson(absl::string_view to_user_id,
                                  absl::string_view text);

 private:
  PublishedRecord& Add(PublishedRecord::Kind kind, absl::string_view room_id,
                       absl::string_view bytes);

  const std::string name_;
  ChainPoint end_;
  std::deque<std::string> jsons_;
  std::vector<PublishedRecord> records_;
};

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_TESTING_TEST_SOURCE_H_
