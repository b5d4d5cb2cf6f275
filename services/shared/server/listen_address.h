#ifndef CAUSEWAY_SERVICES_SHARED_SERVER_LISTEN_ADDRESS_H_
#define CAUSEWAY_SERVICES_SHARED_SERVER_LISTEN_ADDRESS_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace causeway::server {

// An address to listen on, as flags give it: "127.0.0.1:7101", "[::1]:0",
// "localhost:0". The host is an IP address or "localhost"; a name that has to
// be looked up could mean another interface tomorrow.
struct ListenAddress {
  // INVALID_ARGUMENT telling what is wrong with `text`.
  static absl::StatusOr<ListenAddress> Parse(absl::string_view text);

  // Whether only this machine can reach it.
  bool loopback = false;
  std::string host;  // An IP address, without brackets.
  uint16_t port = 0;

  // host:port, with brackets around an IPv6 address.
  std::string ToString() const;
};

}  // namespace causeway::server

#endif  // CAUSEWAY_SERVICES_SHARED_SERVER_LISTEN_ADDRESS_H_
