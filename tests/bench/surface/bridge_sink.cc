#include "tests/bench/surface/bridge_sink.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/bench/shared/check.h"
#include "tests/bench/shared/listener.h"

namespace causeway::bench {
namespace {

constexpr int kBacklog = 1024;
constexpr size_t kReadBytes = 256 << 10;
constexpr absl::string_view kMessage = R"("type":"m.room.message")";
constexpr absl::string_view kAnswer =
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
    "Content-Length: 2\r\n\r\n{}";

}  // namespace

BridgeSink::BridgeSink(EventLoop& loop)
    : loop_(loop), listener_fd_(ListenOnFreePort(kBacklog)) {
  loop_.Watch(listener_fd_, [this] { Accept(); });
}

BridgeSink::~BridgeSink() {
  while (!connections_.empty()) Drop(connections_.begin()->first);
  loop_.Forget(listener_fd_);
  close(listener_fd_);
}

std::string BridgeSink::Url() const {
  return absl::StrCat("http://127.0.0.1:", PortOf(listener_fd_));
}

void BridgeSink::Accept() {
  const int fd =
      accept4(listener_fd_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd < 0) return;
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  connections_[fd];
  loop_.Watch(fd, [this, fd] { Serve(fd); });
}

void BridgeSink::Serve(int fd) {
  static char buffer[kReadBytes];  // One thread runs the loop.
  const ssize_t count = recv(fd, buffer, sizeof(buffer), 0);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (count <= 0) {
    Drop(fd);
    return;
  }
  MessageReader& reader = connections_[fd];
  absl::string_view data(buffer, static_cast<size_t>(count));
  while (!data.empty()) {
    const absl::StatusOr<bool> complete = reader.Read(data);
    if (!complete.ok()) Die(complete.status().message());
    if (!*complete) continue;
    if (listener_ != nullptr) listener_(reader.body());
    for (size_t at = reader.body().find(kMessage.data(), 0, kMessage.size());
         at != std::string::npos;
         at = reader.body().find(kMessage.data(), at + 1, kMessage.size())) {
      ++message_count_;
    }
    (void)!send(fd, kAnswer.data(), kAnswer.size(), MSG_NOSIGNAL);
  }
}

void BridgeSink::Drop(int fd) {
  loop_.Forget(fd);
  connections_.erase(fd);
  close(fd);
}

}  // namespace causeway::bench
