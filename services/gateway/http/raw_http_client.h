#ifndef CAUSEWAY_SERVICES_GATEWAY_HTTP_RAW_HTTP_CLIENT_H_
#define CAUSEWAY_SERVICES_GATEWAY_HTTP_RAW_HTTP_CLIENT_H_

#include <string>

#include "absl/strings/string_view.h"

namespace causeway::gateway {

// An answer as it came over the wire.
struct RawAnswer {
  int status = 0;    // 0: the connection ended before one was whole.
  std::string head;  // Status line and headers, without the empty line.
  std::string body;

  // The value of the header `name`. Empty when there is none.
  std::string Header(absl::string_view name) const;
};

// One TCP connection that sends whatever bytes a test likes, for tests of the
// edge. Blocks, for at most 20 s, then takes it that nothing came.
//
// Thread-compatible.
class RawHttpClient {
 public:
  // `address` is "127.0.0.1:1234". Aborts when it can't be reached.
  explicit RawHttpClient(absl::string_view address);
  ~RawHttpClient();
  RawHttpClient(const RawHttpClient&) = delete;
  RawHttpClient& operator=(const RawHttpClient&) = delete;

  // False when the server has closed the connection meanwhile.
  bool Send(absl::string_view bytes);
  // Ends our direction; answers can still be read.
  void EndSending();
  // Closes both directions with a reset.
  void Reset();

  // The next answer; interim ones (100 Continue) count. `has_body` is false for
  // the answer to a HEAD.
  RawAnswer ReadAnswer(bool has_body = true);
  // Whether the server ends the connection without another byte.
  bool ReadEnd();

 private:
  bool ReadMore();

  int fd_ = -1;
  std::string unread_;
};

}  // namespace causeway::gateway

#endif  // CAUSEWAY_SERVICES_GATEWAY_HTTP_RAW_HTTP_CLIENT_H_
