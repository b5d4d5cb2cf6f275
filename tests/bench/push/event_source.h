#ifndef CAUSEWAY_TESTS_BENCH_PUSH_EVENT_SOURCE_H_
#define CAUSEWAY_TESTS_BENCH_PUSH_EVENT_SOURCE_H_

#include <grpcpp/grpcpp.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "services/shared/clock/clock.h"
#include "tests/bench/push/audience.h"
#include "tests/bench/push/event_text.h"

namespace causeway::bench {

// A source that keeps the contract of PushDispatcher.Publish: dense positions,
// the running hash, and going back to where it is told. Several batches are on
// their way at once, since the next one's position and hash don't depend on any
// answer.
//
// It is to cost little while the clock runs. So the hashes are reckoned before,
// and a batch is sent from a ready buffer in which only digits are written.
//
// Thread-compatible.
class EventSource {
 public:
  struct Options {
    int batch_events = 500;  // In a Publish; 1 to 2000.
    int window = 8;          // Publish calls under way at once.
  };

  // How long to wait before the next batch, which begins at `position`, may be
  // sent; zero: none.
  using Pace = std::function<absl::Duration(int64_t position)>;

  struct Outcome {
    int64_t event_count = 0;  // Taken over.
    absl::Duration first_sent_at;
    absl::Duration last_accepted_at;
    int64_t gaps = 0;     // Answers GAP: a batch overtook the one before it.
    int64_t refused = 0;  // Answers UNAVAILABLE.
  };

  explicit EventSource(std::shared_ptr<grpc::Channel> channel);
  EventSource(std::shared_ptr<grpc::Channel> channel, Options options);
  ~EventSource();
  EventSource(const EventSource&) = delete;
  EventSource& operator=(const EventSource&) = delete;

  // Makes ready `event_count` events for `audience`, rounded up to whole
  // batches, from next_position() on. Returns the audience with its
  // first_position, which is that.
  Audience Prepare(int64_t event_count, Audience audience);

  // Publishes what is prepared until that ends or `time` is over, then waits
  // for the answers. What was not sent is forgotten. Ends the process if the
  // source is told that it diverged, or gets no answer.
  Outcome Publish(absl::Duration time, const Pace& pace);

  int64_t next_position() const { return next_position_; }

 private:
  struct Call;  // One of the window.
  class Run;    // One Publish().

  void Renumber(char* records, int64_t position) const;
  size_t RecordBytes() const;

  const Options options_;
  const std::shared_ptr<grpc::Channel> channel_;
  const RealClock clock_;
  const std::string name_;
  const EventText text_;
  // `batch_events` records as they stand in a serialised PublishRequest.
  std::string records_;
  std::vector<std::unique_ptr<Call>> calls_;

  int64_t next_position_ = 1;
  std::string prefix_;  // Of everything before next_position_.
  Audience audience_;
  // By batch: the running hash before it. One more for the end.
  std::vector<std::string> prefixes_;
};

}  // namespace causeway::bench

#endif  // CAUSEWAY_TESTS_BENCH_PUSH_EVENT_SOURCE_H_
