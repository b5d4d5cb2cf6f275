#ifndef CAUSEWAY_SERVICES_GATEWAY_HTTP_RESPONSE_HEAD_H_
#define CAUSEWAY_SERVICES_GATEWAY_HTTP_RESPONSE_HEAD_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "services/gateway/http/http_message.h"

namespace causeway::gateway {

// What the edge adds to a handler's answer.
struct ResponseFraming {
  absl::Time date = {};
  absl::string_view request_id = {};  // Empty: the request was refused unread.
  bool is_last = false;               // The connection closes behind it.
  bool is_http_1_0 = false;  // Such a client closes unless told otherwise.
};

// The status line and headers of an answer, with the empty line that ends them.
// Web clients may read every answer, errors too.
// Source: https://spec.matrix.org/v1.17/client-server-api/#web-browser-clients
std::string ResponseHead(const HttpResponse& response,
                         const ResponseFraming& framing);

}  // namespace causeway::gateway

#endif  // CAUSEWAY_SERVICES_GATEWAY_HTTP_RESPONSE_HEAD_H_
