#ifndef CAUSEWAY_SERVICES_GATEWAY_HTTP_HTTP_OBSERVER_H_
#define CAUSEWAY_SERVICES_GATEWAY_HTTP_HTTP_OBSERVER_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace causeway::gateway {

// One request that has been answered, or refused before any handler saw it.
struct AnsweredRequest {
  std::string method = {};  // As the client sent it: any token. Empty: unknown.
  std::string route = {};   // As in HttpResponse.
  std::string request_id = {};  // Empty when it was refused unread.
  std::string fault = {};       // As in HttpResponse.
  int status = 0;
  size_t request_body_bytes = 0;
  size_t response_body_bytes = 0;
  absl::Duration elapsed = {};  // From the request's last byte to its answer.
};

// Is told what happens at the edge: metrics and the access log of the service,
// a list in tests.
//
// Implementations are thread-safe and don't block.
class HttpObserver {
 public:
  virtual ~HttpObserver() = default;

  virtual void ConnectionOpened() = 0;
  virtual void ConnectionClosed() = 0;
  virtual void RequestAnswered(const AnsweredRequest& answered) = 0;
  // A connection that was opened never came to speak TLS. `why`: not of the
  // client's making.
  virtual void HandshakeFailed(absl::string_view why) = 0;
  // What is shown to clients from now on ceases to be valid then.
  virtual void CertificateShown(absl::Time expiry) = 0;
};

}  // namespace causeway::gateway

#endif  // CAUSEWAY_SERVICES_GATEWAY_HTTP_HTTP_OBSERVER_H_
