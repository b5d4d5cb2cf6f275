// Which network addresses a request to an application service may reach.
//
// The URL comes from whoever registers, so it must not open a way to what only
// this machine can reach. A name can resolve to anything and change between two
// look-ups, so the check is made on the address that is about to be connected.
#ifndef CAUSEWAY_SERVICES_SHARED_APPSERVICE_CLIENT_ADDRESS_POLICY_H_
#define CAUSEWAY_SERVICES_SHARED_APPSERVICE_CLIENT_ADDRESS_POLICY_H_

#include "absl/strings/string_view.h"

namespace causeway::appservice_client {

enum class AddressClass {
  kPublic,
  kPrivate,    // Loopback, RFC 1918, RFC 6598, unique local, unspecified.
  kForbidden,  // Link-local, cloud metadata, multicast, broadcast, not IP.
};

// The class of an address as text, such as "127.0.0.1" or "fe80::1%eth0". An
// IPv4 address inside an IPv6 one (mapped, NAT64, 6to4) counts as itself.
AddressClass Classify(absl::string_view address);

}  // namespace causeway::appservice_client

#endif  // CAUSEWAY_SERVICES_SHARED_APPSERVICE_CLIENT_ADDRESS_POLICY_H_
