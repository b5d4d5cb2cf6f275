#include "services/shared/appservice_client/address_policy.h"

#include <gtest/gtest.h>

#include "absl/strings/string_view.h"

namespace causeway::appservice_client {
namespace {

TEST(AddressPolicyTest, LinkLocalAndMetadataAreForbidden) {
  for (absl::string_view address : {"169.254.169.254",
                                    "169.254.0.1",
                                    "fe80::1",
                                    "fe80::1%eth0",
                                    "febf::1",
                                    "fd00:ec2::254",
                                    "fd20:ce::254",
                                    "168.63.129.16",
                                    "64:ff9b:1::a9fe:a9fe",
                                    "64:ff9b:1:a9fe:a9:fe00::",
                                    "100.100.100.200",
                                    "192.0.0.192",
                                    "224.0.0.1",
                                    "ff02::1",
                                    "255.255.255.255",
                                    "240.0.0.1",
                                    "::ffff:169.254.169.254",
                                    "64:ff9b::a9fe:a9fe",
                                    "2002:a9fe:a9fe::1",
                                    "",
                                    "localhost",
                                    "/run/socket"}) {
    SCOPED_TRACE(address);
    EXPECT_EQ(Classify(address), AddressClass::kForbidden);
  }
}

TEST(AddressPolicyTest, LoopbackAndPrivateNetworksArePrivate) {
  for (absl::string_view address :
       {"127.0.0.1", "127.255.255.255", "0.0.0.0", "10.1.2.3", "172.16.0.1",
        "172.31.255.255", "192.168.0.1", "100.64.0.1", "198.18.0.1", "::1",
        "::", "fc00::1", "fd12::1", "fec0::1", "::ffff:127.0.0.1",
        "64:ff9b::7f00:1"}) {
    SCOPED_TRACE(address);
    EXPECT_EQ(Classify(address), AddressClass::kPrivate);
  }
}

TEST(AddressPolicyTest, TheRestIsPublic) {
  for (absl::string_view address :
       {"1.1.1.1", "172.32.0.1", "172.15.0.1", "169.253.0.1", "100.128.0.1",
        "192.169.0.1", "2606:4700::1111", "fe00::1", "::2", "::ffff:1.1.1.1"}) {
    SCOPED_TRACE(address);
    EXPECT_EQ(Classify(address), AddressClass::kPublic);
  }
}

}  // namespace
}  // namespace causeway::appservice_client
