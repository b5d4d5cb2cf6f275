#include "services/shared/server/health_probe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "services/shared/server/http_endpoint.h"
#include "services/shared/server/listen_address.h"

namespace causeway::server {
namespace {

using ::testing::HasSubstr;

std::unique_ptr<HttpEndpoint> Answering(HttpEndpoint::Response response) {
  return *HttpEndpoint::Listen("127.0.0.1:0",
                               {{"/readyz", [response] { return response; }}});
}

ListenAddress AddressOf(const HttpEndpoint& endpoint) {
  return *ListenAddress::Parse(endpoint.address());
}

TEST(AskWhetherReadyTest, OkWhenReady) {
  const auto endpoint = Answering({200, "database: ok\n"});
  EXPECT_EQ(AskWhetherReady(AddressOf(*endpoint)), absl::OkStatus());
}

TEST(AskWhetherReadyTest, TellsWhatIsNotReady) {
  const auto endpoint = Answering({503, "database: can't be reached\n"});
  const absl::Status status = AskWhetherReady(AddressOf(*endpoint));
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("503 from " + endpoint->address() +
                        ": database: can't be reached"));
}

TEST(AskWhetherReadyTest, WhoListensOnAllAddressesIsAskedOnLoopback) {
  const auto endpoint = Answering({200, "ok\n"});
  for (const char* host : {"0.0.0.0", "127.0.0.1"}) {
    SCOPED_TRACE(host);
    ListenAddress address = AddressOf(*endpoint);
    address.host = host;
    EXPECT_EQ(AskWhetherReady(address), absl::OkStatus());
  }
}

TEST(AskWhetherReadyTest, NobodyThereIsNotReady) {
  auto endpoint = Answering({200, "ok\n"});
  const ListenAddress address = AddressOf(*endpoint);
  endpoint.reset();
  const absl::Status status = AskWhetherReady(address);
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()), HasSubstr("no answer from"));
}

}  // namespace
}  // namespace causeway::server
