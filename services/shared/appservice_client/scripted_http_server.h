// A small HTTP/1.1 server for tests, whose answers a test writes byte by byte,
// with the faults that real application services have.
#ifndef CAUSEWAY_SERVICES_SHARED_APPSERVICE_CLIENT_SCRIPTED_HTTP_SERVER_H_
#define CAUSEWAY_SERVICES_SHARED_APPSERVICE_CLIENT_SCRIPTED_HTTP_SERVER_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace causeway::appservice_client {

struct ReceivedRequest {
  std::string head;  // As it came, with the empty line that ends it.
  std::string body;
  int connection_index = 0;  // Counts from 0 in the order of accepting.

  // "GET /x HTTP/1.1"
  std::string request_line() const;
};

struct ScriptedReply {
  enum class Then {
    kKeepOpen,  // Waits for the next request.
    kClose,     // At once.
    kHang,      // Sends no more, but stays open.
    kDrip,      // Sends a space now and then, for ever.
  };
  std::string bytes;
  Then then = Then::kKeepOpen;
  absl::Duration delay = absl::ZeroDuration();  // Before the first byte.
};

// "HTTP/1.1 200 OK" with a Content-Length and `headers`, each ended by "\r\n".
ScriptedReply Reply(int http_status, absl::string_view body,
                    absl::string_view headers = "");

// Listens on 127.0.0.1. Thread-safe.
class ScriptedHttpServer {
 public:
  using Handler = std::function<ScriptedReply(const ReceivedRequest&)>;

  // `handler` is called from the server's thread.
  explicit ScriptedHttpServer(Handler handler);
  // Closes all connections.
  ~ScriptedHttpServer();

  // "http://127.0.0.1:12345"
  std::string url() const;

  // All requests so far, in the order in which they were read.
  std::vector<ReceivedRequest> requests() const;

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace causeway::appservice_client

#endif  // CAUSEWAY_SERVICES_SHARED_APPSERVICE_CLIENT_SCRIPTED_HTTP_SERVER_H_
