// What the HTTP edge hands to handlers and takes from them.

#ifndef CAUSEWAY_SERVICES_GATEWAY_HTTP_HTTP_MESSAGE_H_
#define CAUSEWAY_SERVICES_GATEWAY_HTTP_HTTP_MESSAGE_H_

#include <memory>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "services/gateway/http/byte_budget.h"
#include "services/gateway/http/request_target.h"

namespace causeway::gateway {

// Taken from a request when it is sane, and on every answer.
inline constexpr char kRequestIdHeader[] = "X-Request-ID";

struct HttpRequest {
  std::string method;         // As received: "GET".
  std::string target;         // As received, still percent-encoded.
  RequestTarget parsed;       // The same, taken apart and decoded.
  std::string authorization;  // The header of that name. Empty: none.
  std::string content_type;   // The same.
  std::string body;
  // What an upload holds of HttpLimits::upload_budget. Null: it is none.
  std::shared_ptr<ByteBudget::Lease> body_lease;
  // Of the client, without its port: that of the connection, or what a proxy
  // says it is (HttpLimits::trusts_forwarded_for).
  std::string client_address;
  // What the client named it, by traceparent or X-Request-ID
  // (request_parser.h), else one made here.
  std::string request_id;
  absl::Time deadline;
  // Stops when waiting for news has become pointless: the client has hung up,
  // or the process drains. A long poll then answers what it has. It doesn't
  // abort work: what a client asked for before it hung up is still done.
  std::stop_token stop_waiting;
};

struct HttpResponse {
  int status = 200;
  std::string body = "{}";  // A JSON object, unless `content_type` is another.
  std::string content_type = "application/json";
  std::vector<std::pair<std::string, std::string>> headers = {};
  // Given back when the answer has been written. May be null.
  std::shared_ptr<ByteBudget::Lease> body_lease = nullptr;
  // The pattern of the route that answered, for metrics. Empty: none did.
  std::string route = {};
  // For the log: what went wrong with us. Not sent. Empty: nothing did.
  std::string fault = {};
};

}  // namespace causeway::gateway

#endif  // CAUSEWAY_SERVICES_GATEWAY_HTTP_HTTP_MESSAGE_H_
