#include "tests/bench/surface/http_client.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "tests/bench/shared/check.h"

namespace causeway::bench {
namespace {

constexpr size_t kReadBytes = 64 << 10;

int ConnectTo(int port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(port));
  if (fd < 0 || connect(fd, reinterpret_cast<sockaddr*>(&address),
                        sizeof(address)) != 0) {
    DieOfErrno("connect");
  }
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  return fd;
}

// "HTTP/1.1 200 OK"
int StatusIn(absl::string_view first_line) {
  int status = 0;
  if (first_line.size() < 12 ||
      !absl::SimpleAtoi(first_line.substr(9, 3), &status)) {
    Die(absl::StrCat("no answer: ", first_line));
  }
  return status;
}

}  // namespace

std::string MakeRequest(absl::string_view method, absl::string_view target,
                        absl::string_view token, absl::string_view body) {
  std::string request =
      absl::StrCat(method, " ", target, " HTTP/1.1\r\nHost: bench.test\r\n");
  if (!token.empty()) {
    absl::StrAppend(&request, "Authorization: Bearer ", token, "\r\n");
  }
  if (!body.empty()) {
    absl::StrAppend(&request, "Content-Type: application/json\r\n");
  }
  absl::StrAppend(&request, "Content-Length: ", body.size(), "\r\n\r\n", body);
  return request;
}

HttpClient::HttpClient(EventLoop& loop, int port, int connection_count)
    : loop_(loop), connections_(static_cast<size_t>(connection_count)) {
  for (Connection& connection : connections_) {
    connection.fd = ConnectTo(port);
    loop_.Watch(connection.fd, [this, &connection] { Receive(connection); });
  }
}

HttpClient::~HttpClient() {
  for (const Connection& connection : connections_) {
    loop_.Forget(connection.fd);
    close(connection.fd);
  }
}

void HttpClient::Send(int connection, absl::string_view request,
                      Answered answered) {
  Connection& used = connections_[static_cast<size_t>(connection)];
  if (used.answered != nullptr) Die("a connection is busy");
  used.answered = std::move(answered);
  // So short that it always fits.
  const ssize_t sent = send(used.fd, request.data(), request.size(),
                            MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent != static_cast<ssize_t>(request.size())) DieOfErrno("send");
}

void HttpClient::Receive(Connection& connection) {
  static char buffer[kReadBytes];  // One thread runs the loop.
  const ssize_t count =
      recv(connection.fd, buffer, sizeof(buffer), MSG_DONTWAIT);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (count <= 0) Die("the server has closed a connection");
  absl::string_view data(buffer, static_cast<size_t>(count));
  while (!data.empty()) {
    const absl::StatusOr<bool> complete = connection.reader.Read(data);
    if (!complete.ok()) Die(complete.status().message());
    if (!*complete) continue;
    if (connection.answered == nullptr) Die("an answer that nobody asked for");
    const Answered answered = std::exchange(connection.answered, nullptr);
    answered(StatusIn(connection.reader.first_line()),
             connection.reader.body());
  }
}

}  // namespace causeway::bench
