#ifndef CAUSEWAY_SERVICES_GATEWAY_HTTP_HTTP_SERVER_H_
#define CAUSEWAY_SERVICES_GATEWAY_HTTP_HTTP_SERVER_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/gateway/http/http_handler.h"
#include "services/gateway/http/http_limits.h"
#include "services/gateway/http/http_observer.h"
#include "services/shared/clock/clock.h"

namespace causeway::gateway {

// The HTTP/1.1 edge, with TLS or without: listens, accepts, and lets `handler`
// answer. Whatever a
// client does wrong is answered with a Matrix error object before its
// connection is closed (http_errors.h).
//
// Each thread runs connections of its own from accept to close, so that what
// belongs to one connection needs no lock.
//
// Thread-safe.
class HttpServer {
 public:
  struct Options {
    std::string listen;  // host:port; port 0 takes a free one.
    int threads = 2;
    HttpLimits limits;
    // Of PEM (server_certificate.h). Both empty: without TLS.
    std::string certificate_file = {};
    std::string key_file = {};
  };

  // UNAVAILABLE when the address can't be listened on, INVALID_ARGUMENT when
  // it is none, or a file is wrong. `observer` and `clock` must outlive the
  // server.
  static absl::StatusOr<std::unique_ptr<HttpServer>> Listen(
      Options options, HttpHandler handler, HttpObserver& observer,
      Clock& clock);

  // Cuts connections, cancels what handlers wait for, and waits for their end:
  // nothing may resume them once their thread is gone.
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  // Where it listens, with the port's number.
  const std::string& address() const;

  // Accepts nothing more, closes idle connections, and tells long polls to
  // answer early. Returns at once.
  void StartDraining();
  // Waits until every connection has ended. False when some are left.
  bool AwaitDrained(absl::Duration timeout);

 private:
  class Listener;  // Keeps Asio's sockets out of this header.
  explicit HttpServer(std::unique_ptr<Listener> listener);

  const std::unique_ptr<Listener> listener_;
};

}  // namespace causeway::gateway

#endif  // CAUSEWAY_SERVICES_GATEWAY_HTTP_HTTP_SERVER_H_
