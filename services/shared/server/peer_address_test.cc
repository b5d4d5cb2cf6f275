#include "services/shared/server/peer_address.h"

#include <gtest/gtest.h>

namespace causeway::server {
namespace {

TEST(CheckPeerAddressTest, TakesNamesAndAddresses) {
  for (const char* address : {"registry:7101", "127.0.0.1:1", "[::1]:65535"}) {
    EXPECT_TRUE(CheckPeerAddress(address).ok()) << address;
  }
}

TEST(CheckPeerAddressTest, RefusesWhatIsNoAddress) {
  for (const char* address : {"", "registry", ":7101", "registry:",
                              "registry:0", "registry:65536", "registry:x"}) {
    EXPECT_EQ(CheckPeerAddress(address).code(),
              absl::StatusCode::kInvalidArgument)
        << address;
  }
}

}  // namespace
}  // namespace causeway::server
