#ifndef CAUSEWAY_TESTS_BENCH_HTTP_SINK_H_
#define CAUSEWAY_TESTS_BENCH_HTTP_SINK_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"

namespace causeway::bench {

// An application service that answers 200 to whatever it is sent: HTTP/1.1
// with keep-alive on a free port of 127.0.0.1, one thread a connection.
//
// `on_body` is called with each request's body before it is answered, from
// several threads if there are several connections.
class HttpSink {
 public:
  explicit HttpSink(std::function<void(absl::string_view body)> on_body);
  ~HttpSink();
  HttpSink(const HttpSink&) = delete;
  HttpSink& operator=(const HttpSink&) = delete;

  // "http://127.0.0.1:1234".
  std::string url() const;

 private:
  class State;  // Keeps Beast out of this header.
  std::unique_ptr<State> state_;
};

}  // namespace causeway::bench

#endif  // CAUSEWAY_TESTS_BENCH_HTTP_SINK_H_
