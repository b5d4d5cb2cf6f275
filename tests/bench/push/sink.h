#ifndef CAUSEWAY_TESTS_BENCH_PUSH_SINK_H_
#define CAUSEWAY_TESTS_BENCH_PUSH_SINK_H_

#include <memory>
#include <string>

#include "tests/bench/push/receipts.h"

namespace causeway::bench {

// All the application services of a site: one thread that answers 200 to every
// transaction and reads no more of it than it must.
//
// A body is N events of kEventBytes each (event_text.h): its length says how
// many they are, and the numbers of the first and the last that none is
// missing. What is between them is received and not looked at, so that the sink
// takes as little as it can of the machine that it measures.
//
// HTTP/1.1 with keep-alive and Content-Length. Up to kPortsMax application
// services have a port each, more share them: "http://127.0.0.1:1234/17".
//
// Thread-safe.
class Sink {
 public:
  enum class Manner {
    kAcknowledges,
    kRefuses,  // 503, as from the proxy of an application service that is down.
    kHangs,    // Reads the request and never answers.
  };

  static constexpr int kPortsMax = 100;

  // `receipts` must outlive the sink.
  Sink(int appservice_count, Receipts& receipts);
  // Ends the thread and closes everything.
  ~Sink();
  Sink(const Sink&) = delete;
  Sink& operator=(const Sink&) = delete;

  std::string Url(int appservice) const;

  // How it treats requests from now on; at first it acknowledges.
  void SetManner(int appservice, Manner manner);

 private:
  class Loop;  // Keeps sockets and epoll out of this header.
  std::unique_ptr<Loop> loop_;
};

}  // namespace causeway::bench

#endif  // CAUSEWAY_TESTS_BENCH_PUSH_SINK_H_
