#ifndef CAUSEWAY_SERVICES_SHARED_SERVER_HTTP_ENDPOINT_H_
#define CAUSEWAY_SERVICES_SHARED_SERVER_HTTP_ENDPOINT_H_

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace causeway::server {

// A small HTTP/1.1 server for Prometheus and health probes: GET and HEAD of a
// few fixed paths, one thread. Its limits are named in the .cc: header size,
// time per request, connections. The Matrix API is served by the gateway, not
// by this.
//
// Thread-safe. Handlers run on its one thread and should be quick.
class HttpEndpoint {
 public:
  struct Response {
    int status = 200;
    std::string body;  // Plain text, or Prometheus' text format, which is.
  };
  using Handler = std::function<Response()>;

  // Listens at `address` (host:port, port 0 takes a free one) and serves
  // `routes`, path to handler. UNAVAILABLE when it cannot be listened on,
  // INVALID_ARGUMENT when `address` is none.
  static absl::StatusOr<std::unique_ptr<HttpEndpoint>> Listen(
      absl::string_view address, std::map<std::string, Handler> routes);

  // Closes all connections and ends the thread.
  ~HttpEndpoint();
  HttpEndpoint(const HttpEndpoint&) = delete;
  HttpEndpoint& operator=(const HttpEndpoint&) = delete;

  // Where it listens, with the port's number.
  const std::string& address() const { return address_; }

 private:
  class Server;  // Keeps Beast out of this header.

  HttpEndpoint(std::unique_ptr<Server> server, std::string address);

  std::unique_ptr<Server> server_;
  std::string address_;
};

}  // namespace causeway::server

#endif  // CAUSEWAY_SERVICES_SHARED_SERVER_HTTP_ENDPOINT_H_
