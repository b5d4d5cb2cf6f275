// The bounds that the HTTP edge puts on its clients.

#ifndef CAUSEWAY_SERVICES_GATEWAY_HTTP_HTTP_LIMITS_H_
#define CAUSEWAY_SERVICES_GATEWAY_HTTP_HTTP_LIMITS_H_

#include <cstddef>

#include "absl/time/time.h"
#include "services/gateway/http/byte_budget.h"

namespace causeway::gateway {

inline constexpr char kUploadPathPrefix[] = "/_matrix/media/";

// Whoever oversteps one of these gets an error object that names it.
struct HttpLimits {
  size_t header_bytes_max = 32 << 10;  // Request line and header lines.
  int header_count_max = 100;
  size_t body_bytes_max = 1 << 20;
  // Of a POST to a path that begins with kUploadPathPrefix.
  size_t upload_bytes_max = 10 << 20;
  // What all uploads take of memory together. Null: there are none, and their
  // bodies are bounded as others are. Must outlive the server.
  ByteBudget* upload_budget = nullptr;
  // Whether HttpRequest::client_address is the last address in the header
  // X-Forwarded-For, where there is one. Only behind a proxy that sets it.
  bool trusts_forwarded_for = false;

  int connections_max = 10000;
  int requests_in_flight_max = 10000;
  // How many requests of one connection are read while the first is answered.
  int pipeline_depth_max = 8;

  absl::Duration idle_timeout = absl::Seconds(120);   // Between requests.
  absl::Duration header_timeout = absl::Seconds(10);  // From its first byte.
  absl::Duration body_timeout = absl::Seconds(60);    // From its header's end.
  absl::Duration write_timeout = absl::Seconds(60);   // Of one answer.
  absl::Duration linger_timeout = absl::Seconds(10);  // See http_connection.h.
  absl::Duration request_timeout =
      absl::Seconds(120);  // HttpRequest::deadline.
};

}  // namespace causeway::gateway

#endif  // CAUSEWAY_SERVICES_GATEWAY_HTTP_HTTP_LIMITS_H_
