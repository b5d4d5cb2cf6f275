#ifndef CAUSEWAY_TESTS_BENCH_SURFACE_BRIDGE_SINK_H_
#define CAUSEWAY_TESTS_BENCH_SURFACE_BRIDGE_SINK_H_

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "tests/bench/surface/event_loop.h"
#include "tests/bench/surface/message_reader.h"

namespace causeway::bench {

// The bridge that receives transactions: answers 200 `{}` to everything, and
// counts the messages in it.
//
// Belongs to the loop's thread.
class BridgeSink {
 public:
  // `loop` must outlive the sink.
  explicit BridgeSink(EventLoop& loop);
  ~BridgeSink();
  BridgeSink(const BridgeSink&) = delete;
  BridgeSink& operator=(const BridgeSink&) = delete;

  std::string Url() const;

  // Called with each transaction's body, when all of it has come.
  using Listener = std::function<void(const std::string& body)>;
  void SetListener(Listener listener) { listener_ = std::move(listener); }

  // The m.room.message events received until now.
  int64_t message_count() const { return message_count_; }

 private:
  void Accept();
  void Serve(int fd);
  void Drop(int fd);

  EventLoop& loop_;
  const int listener_fd_;
  Listener listener_;
  int64_t message_count_ = 0;
  std::map<int, MessageReader> connections_;
};

}  // namespace causeway::bench

#endif  // CAUSEWAY_TESTS_BENCH_SURFACE_BRIDGE_SINK_H_
