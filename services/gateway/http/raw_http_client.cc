#include "services/gateway/http/raw_http_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"

namespace causeway::gateway {

std::string RawAnswer::Header(absl::string_view name) const {
  for (absl::string_view line : absl::StrSplit(head, "\r\n")) {
    const std::pair<absl::string_view, absl::string_view> parts =
        absl::StrSplit(line, absl::MaxSplits(": ", 1));
    if (absl::EqualsIgnoreCase(parts.first, name)) {
      return std::string(parts.second);
    }
  }
  return "";
}

RawHttpClient::RawHttpClient(absl::string_view address)
    : fd_(socket(AF_INET, SOCK_STREAM, 0)) {
  const std::pair<std::string, std::string> parts =
      absl::StrSplit(address, ':');
  int port = 0;
  sockaddr_in to = {};
  to.sin_family = AF_INET;
  const timeval timeout = {.tv_sec = 20, .tv_usec = 0};
  setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
  if (!absl::SimpleAtoi(parts.second, &port) ||
      inet_pton(AF_INET, parts.first.c_str(), &to.sin_addr) != 1) {
    std::abort();
  }
  to.sin_port = htons(static_cast<uint16_t>(port));
  if (connect(fd_, reinterpret_cast<const sockaddr*>(&to), sizeof(to)) != 0) {
    std::perror("connect");
    std::abort();
  }
}

RawHttpClient::RawHttpClient(absl::string_view address,
                             const std::string& ca_file,
                             const std::string& name)
    : RawHttpClient(address) {
  context_.reset(SSL_CTX_new(TLS_client_method()));
  SSL_CTX_load_verify_locations(context_.get(), ca_file.c_str(), nullptr);
  SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
  constexpr unsigned char kOffered[] = "\x02h2\x08http/1.1";
  SSL_CTX_set_alpn_protos(context_.get(), kOffered, sizeof(kOffered) - 1);
  tls_.reset(SSL_new(context_.get()));
  SSL_set1_host(tls_.get(), name.c_str());
  SSL_set_fd(tls_.get(), fd_);
  if (SSL_connect(tls_.get()) != 1) tls_.reset();
}

RawHttpClient::~RawHttpClient() { close(fd_); }

std::string RawHttpClient::Protocol() const {
  const unsigned char* name = nullptr;
  unsigned int size = 0;
  SSL_get0_alpn_selected(tls_.get(), &name, &size);
  return {reinterpret_cast<const char*>(name), size};
}

std::string RawHttpClient::CertificateSerial() const {
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(
      SSL_get1_peer_certificate(tls_.get()), &X509_free);
  const ASN1_INTEGER* serial = X509_get0_serialNumber(certificate.get());
  return {reinterpret_cast<const char*>(serial->data),
          static_cast<size_t>(serial->length)};
}

bool RawHttpClient::Send(absl::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent =
        tls_ != nullptr ? SSL_write(tls_.get(), bytes.data(),
                                    static_cast<int>(bytes.size()))
                        : send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return true;
}

void RawHttpClient::EndSending() { shutdown(fd_, SHUT_WR); }

void RawHttpClient::Reset() {
  const linger now = {.l_onoff = 1, .l_linger = 0};
  setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
  close(std::exchange(fd_, -1));
}

RawAnswer RawHttpClient::ReadAnswer(bool has_body) {
  RawAnswer answer;
  size_t head_end = 0;
  while ((head_end = unread_.find("\r\n\r\n")) == std::string::npos) {
    if (!ReadMore()) return answer;
  }
  answer.head = unread_.substr(0, head_end);
  unread_.erase(0, head_end + 4);
  size_t length = 0;
  if (has_body && !absl::SimpleAtoi(answer.Header("Content-Length"), &length)) {
    length = 0;
  }
  while (unread_.size() < length) {
    if (!ReadMore()) return answer;
  }
  answer.body = unread_.substr(0, length);
  unread_.erase(0, length);
  // "HTTP/1.1 200 OK"
  if (!absl::SimpleAtoi(absl::string_view(answer.head).substr(9, 3),
                        &answer.status)) {
    answer.status = -1;
  }
  return answer;
}

bool RawHttpClient::ReadEnd() {
  if (!unread_.empty()) return false;
  char byte = 0;
  if (tls_ == nullptr) return recv(fd_, &byte, 1, 0) == 0;
  const int read = SSL_read(tls_.get(), &byte, 1);
  return SSL_get_error(tls_.get(), read) == SSL_ERROR_ZERO_RETURN;
}

bool RawHttpClient::ReadMore() {
  char bytes[4096];
  const ssize_t count = tls_ != nullptr
                            ? SSL_read(tls_.get(), bytes, sizeof(bytes))
                            : recv(fd_, bytes, sizeof(bytes), 0);
  if (count <= 0) return false;
  unread_.append(bytes, static_cast<size_t>(count));
  return true;
}

}  // namespace causeway::gateway
