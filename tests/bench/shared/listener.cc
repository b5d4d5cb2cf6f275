#include "tests/bench/shared/listener.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include "tests/bench/shared/check.h"

namespace causeway::bench {

int ListenOnFreePort(int backlog) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (fd < 0 ||
      bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0 ||
      listen(fd, backlog) != 0) {
    DieOfErrno("listen");
  }
  return fd;
}

int PortOf(int listener) {
  sockaddr_in address = {};
  socklen_t size = sizeof(address);
  if (getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) !=
      0) {
    DieOfErrno("getsockname");
  }
  return ntohs(address.sin_port);
}

}  // namespace causeway::bench
