#include "services/shared/appservice_client/address_policy.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <array>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace causeway::appservice_client {
namespace {

using Ipv6Bytes = std::array<uint8_t, 16>;

struct Ipv4Range {
  uint32_t base;
  int prefix_bits;
  AddressClass address_class;
};

constexpr uint32_t Ipv4(uint32_t a, uint32_t b, uint32_t c, uint32_t d) {
  return a << 24 | b << 16 | c << 8 | d;
}

// The first that fits counts.
// Source: https://www.iana.org/assignments/iana-ipv4-special-registry
constexpr Ipv4Range kIpv4Ranges[] = {
    {Ipv4(169, 254, 0, 0), 16, AddressClass::kForbidden},      // Link-local.
    {Ipv4(100, 100, 100, 200), 32, AddressClass::kForbidden},  // Metadata.
    {Ipv4(192, 0, 0, 192), 32, AddressClass::kForbidden},      // Metadata.
    {Ipv4(168, 63, 129, 16), 32, AddressClass::kForbidden},    // Azure's host.
    {Ipv4(224, 0, 0, 0), 4, AddressClass::kForbidden},         // Multicast.
    {Ipv4(255, 255, 255, 255), 32, AddressClass::kForbidden},  // Broadcast.
    {Ipv4(0, 0, 0, 0), 8, AddressClass::kPrivate},  // Means loopback to Linux.
    {Ipv4(127, 0, 0, 0), 8, AddressClass::kPrivate},
    {Ipv4(10, 0, 0, 0), 8, AddressClass::kPrivate},
    {Ipv4(172, 16, 0, 0), 12, AddressClass::kPrivate},
    {Ipv4(192, 168, 0, 0), 16, AddressClass::kPrivate},
    {Ipv4(100, 64, 0, 0), 10, AddressClass::kPrivate},
    {Ipv4(198, 18, 0, 0), 15, AddressClass::kPrivate},
    {Ipv4(240, 0, 0, 0), 4, AddressClass::kForbidden},  // Reserved.
};

struct Ipv6Range {
  Ipv6Bytes base;
  int prefix_bits;
  AddressClass address_class;
};

// Source: https://www.iana.org/assignments/iana-ipv6-special-registry
constexpr Ipv6Range kIpv6Ranges[] = {
    {{0xfe, 0x80}, 10, AddressClass::kForbidden},  // Link-local.
    {{0xfd, 0x00, 0x0e, 0xc2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x02, 0x54},
     128,
     AddressClass::kForbidden},  // Metadata.
    {{0xfd, 0x20, 0x00, 0xce, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x02, 0x54},
     128,
     AddressClass::kForbidden},  // Metadata.
    // Local NAT64: which IPv4 address is meant depends on the network's prefix.
    {{0x00, 0x64, 0xff, 0x9b, 0x00, 0x01}, 48, AddressClass::kForbidden},
    {{0xff}, 8, AddressClass::kForbidden},       // Multicast.
    {{}, 127, AddressClass::kPrivate},           // :: and ::1.
    {{0xfc}, 7, AddressClass::kPrivate},         // Unique local.
    {{0xfe, 0xc0}, 10, AddressClass::kPrivate},  // Site-local, of old.
};

AddressClass ClassifyIpv4(uint32_t address) {
  for (const Ipv4Range& range : kIpv4Ranges) {
    if ((address ^ range.base) >> (32 - range.prefix_bits) == 0) {
      return range.address_class;
    }
  }
  return AddressClass::kPublic;
}

bool HasPrefix(const Ipv6Bytes& address, const Ipv6Bytes& base,
               int prefix_bits) {
  for (int i = 0; i < 16 && prefix_bits > 0; ++i, prefix_bits -= 8) {
    const int ignored_bits = prefix_bits < 8 ? 8 - prefix_bits : 0;
    if ((address[i] ^ base[i]) >> ignored_bits != 0) return false;
  }
  return true;
}

uint32_t Ipv4At(const Ipv6Bytes& address, int index) {
  return Ipv4(address[index], address[index + 1], address[index + 2],
              address[index + 3]);
}

AddressClass ClassifyIpv6(const Ipv6Bytes& address) {
  constexpr Ipv6Bytes kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  constexpr Ipv6Bytes kNat64 = {0x00, 0x64, 0xff, 0x9b};
  constexpr Ipv6Bytes k6to4 = {0x20, 0x02};
  if (HasPrefix(address, kMapped, 96) || HasPrefix(address, kNat64, 96)) {
    return ClassifyIpv4(Ipv4At(address, 12));
  }
  if (HasPrefix(address, k6to4, 16)) return ClassifyIpv4(Ipv4At(address, 2));
  for (const Ipv6Range& range : kIpv6Ranges) {
    if (HasPrefix(address, range.base, range.prefix_bits)) {
      return range.address_class;
    }
  }
  return AddressClass::kPublic;
}

}  // namespace

AddressClass Classify(absl::string_view address) {
  // A link-local address may name its interface: "fe80::1%eth0".
  const std::string text(address.substr(0, address.find('%')));
  in_addr ipv4;
  if (inet_pton(AF_INET, text.c_str(), &ipv4) == 1) {
    return ClassifyIpv4(ntohl(ipv4.s_addr));
  }
  Ipv6Bytes ipv6;
  if (inet_pton(AF_INET6, text.c_str(), ipv6.data()) == 1) {
    return ClassifyIpv6(ipv6);
  }
  return AddressClass::kForbidden;
}

}  // namespace causeway::appservice_client
