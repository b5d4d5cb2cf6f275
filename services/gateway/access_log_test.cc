#include "services/gateway/access_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <prometheus/registry.h>

#include <string>

#include "absl/time/time.h"
#include "services/gateway/gateway_metrics.h"
#include "services/shared/clock/fake_clock.h"
#include "services/shared/server/metrics.h"

namespace causeway::gateway {
namespace {

using ::testing::HasSubstr;

class AccessLogTest : public testing::Test {
 protected:
  std::string Metrics() { return server::MetricsText(registry_); }

  FakeClock clock_;
  prometheus::Registry registry_;
  GatewayMetrics metrics_{registry_};
  AccessLog log_{{.lines_per_second_max = 2}, metrics_, clock_};
};

TEST_F(AccessLogTest, CountsByRouteMethodAndCode) {
  log_.RequestAnswered({.method = "GET",
                        .route = "/rooms/{room_id}",
                        .status = 200,
                        .elapsed = absl::Milliseconds(3)});
  log_.RequestAnswered({.method = "x\"y", .status = 404});
  EXPECT_THAT(Metrics(),
              HasSubstr("causeway_gateway_http_requests_total{code=\"200\","
                        "method=\"GET\",route=\"/rooms/{room_id}\"} 1"));
  // What a client makes up becomes no label.
  EXPECT_THAT(Metrics(),
              HasSubstr("causeway_gateway_http_requests_total{code=\"404\","
                        "method=\"other\",route=\"none\"} 1"));
  EXPECT_THAT(
      Metrics(),
      HasSubstr("causeway_gateway_http_request_duration_seconds_bucket{route="
                "\"/rooms/{room_id}\",le=\"0.0025\"} 0"));
}

TEST_F(AccessLogTest, CountsOpenConnections) {
  log_.ConnectionOpened();
  log_.ConnectionOpened();
  log_.ConnectionClosed();
  EXPECT_THAT(Metrics(), HasSubstr("causeway_gateway_http_connections 1"));
}

TEST_F(AccessLogTest, LogsNoMoreThanSoManyLinesASecond) {
  for (int i = 0; i < 5; ++i) log_.RequestAnswered({});
  EXPECT_THAT(Metrics(),
              HasSubstr("causeway_gateway_access_log_lines_dropped_total 3"));
  clock_.AdvanceTime(absl::Seconds(1));
  log_.RequestAnswered({});
  EXPECT_THAT(Metrics(),
              HasSubstr("causeway_gateway_access_log_lines_dropped_total 3"));
}

}  // namespace
}  // namespace causeway::gateway
