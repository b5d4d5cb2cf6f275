#ifndef CAUSEWAY_SERVICES_GATEWAY_HTTP_RAW_HTTP_CLIENT_H_
#define CAUSEWAY_SERVICES_GATEWAY_HTTP_RAW_HTTP_CLIENT_H_

#include <openssl/ssl.h>

#include <memory>
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

// One TCP connection, or one of TLS, that sends whatever bytes a test likes,
// for tests of the edge. Blocks, for at most 20 s, then takes it that nothing
// came.
//
// Thread-compatible.
class RawHttpClient {
 public:
  // `address` is "127.0.0.1:1234". Aborts when it can't be reached.
  explicit RawHttpClient(absl::string_view address);
  // Over TLS, with a server that has a certificate for `name` by the authority
  // of the PEM file.
  RawHttpClient(absl::string_view address, const std::string& ca_file,
                const std::string& name);
  ~RawHttpClient();
  RawHttpClient(const RawHttpClient&) = delete;
  RawHttpClient& operator=(const RawHttpClient&) = delete;

  // Of TLS: whether it came about, and the protocol that was agreed on by ALPN,
  // which http/1.1 and another are offered for.
  bool is_secure() const { return tls_ != nullptr; }
  std::string Protocol() const;
  // Of the server's certificate.
  std::string CertificateSerial() const;

  // False when the server has closed the connection meanwhile.
  bool Send(absl::string_view bytes);
  // Ends our direction; answers can still be read.
  void EndSending();
  // Closes both directions with a reset.
  void Reset();

  // The next answer; interim ones (100 Continue) count. `has_body` is false for
  // the answer to a HEAD.
  RawAnswer ReadAnswer(bool has_body = true);
  // Whether the server ends the connection without another byte; over TLS by
  // saying so.
  bool ReadEnd();

 private:
  bool ReadMore();

  int fd_ = -1;
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_{nullptr,
                                                             &SSL_CTX_free};
  std::unique_ptr<SSL, decltype(&SSL_free)> tls_{nullptr, &SSL_free};
  std::string unread_;
};

}  // namespace causeway::gateway

#endif  // CAUSEWAY_SERVICES_GATEWAY_HTTP_RAW_HTTP_CLIENT_H_
