#ifndef CAUSEWAY_TESTS_BENCH_SURFACE_HTTP_CLIENT_H_
#define CAUSEWAY_TESTS_BENCH_SURFACE_HTTP_CLIENT_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "tests/bench/surface/event_loop.h"
#include "tests/bench/surface/message_reader.h"

namespace causeway::bench {

// A request's bytes. Without a body if `body` is empty.
std::string MakeRequest(absl::string_view method, absl::string_view target,
                        absl::string_view token, absl::string_view body);

// Connections to one port of this machine that are kept, with one request at a
// time on each.
//
// Belongs to the loop's thread. Ends the process when a connection fails.
class HttpClient {
 public:
  // Called once, when the answer is complete. May send the next request.
  using Answered = std::function<void(int status, const std::string& body)>;

  // Opens so many connections. `loop` must outlive the client.
  HttpClient(EventLoop& loop, int port, int connection_count);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  // The connection must be idle.
  void Send(int connection, absl::string_view request, Answered answered);
  int connection_count() const { return static_cast<int>(connections_.size()); }

 private:
  struct Connection {
    int fd = -1;
    MessageReader reader;
    Answered answered;  // Null: it is idle.
  };

  void Receive(Connection& connection);

  EventLoop& loop_;
  std::vector<Connection> connections_;  // Of a fixed size.
};

}  // namespace causeway::bench

#endif  // CAUSEWAY_TESTS_BENCH_SURFACE_HTTP_CLIENT_H_
