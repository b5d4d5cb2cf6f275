// What the tests of look-ups have in common: application services that answer
// when the test says so.
#ifndef CAUSEWAY_SERVICES_QUERY_PROXY_LOOK_UP_FIXTURE_H_
#define CAUSEWAY_SERVICES_QUERY_PROXY_LOOK_UP_FIXTURE_H_

#include <gtest/gtest.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <future>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "prometheus/registry.h"
#include "services/query_proxy/circuit_breaker.h"
#include "services/query_proxy/fan_out.h"
#include "services/query_proxy/query_metrics.h"
#include "services/shared/appservice_client/appservice_client.h"
#include "services/shared/appservice_client/fake_appservice_client.h"
#include "services/shared/clock/fake_clock.h"
#include "services/shared/registry_watch/latest_snapshot.h"
#include "services/shared/registry_watch/registration.h"
#include "services/shared/registry_watch/request_maker.h"
#include "services/shared/registry_watch/snapshot_builder.h"
#include "services/shared/secrets/secret_box.h"

namespace causeway::query {

class LookUpFixture : public testing::Test {
 protected:
  // The first one gets uid "1", the next "2". Its users and aliases begin with
  // its ID and "_".
  void Register(const std::string& id, std::vector<std::string> protocols,
                bool has_url = true) {
    using enum namespaces::NamespaceKind;
    registry_watch::Registration registration;
    registration.id = id;
    if (has_url) registration.url = absl::StrCat("http://", id, ".test");
    registration.protocols = std::move(protocols);
    registration.namespaces = {{kUsers, absl::StrCat("@", id, "_.*"), true},
                               {kAliases, absl::StrCat("#", id, "_.*"), true}};
    registration.hs_token_sealed =
        secret_box_.Seal("T_h", absl::StrCat(++registered_count_));
    registry_.Set(builder_.Add(registration).Build());
  }

  // Begins; runs until it waits or is done.
  template <typename T>
  std::future<T> Begin(boost::asio::awaitable<T> coroutine) {
    std::future<T> result = boost::asio::co_spawn(io_, std::move(coroutine),
                                                  boost::asio::use_future);
    Run();
    return result;
  }

  void Run() {
    io_.restart();
    io_.poll();
  }

  // The oldest request that waits.
  void AnswerNext(int http_status, const std::string& body = "") {
    client_.Answer(http_status, body);
    Run();
  }

  // Who was asked for what: "irc nick=bob".
  std::vector<std::string> Asked() const {
    std::vector<std::string> asked;
    for (const auto& request : client_.requests()) {
      std::string text = absl::StrCat(request.appservice_id, " ", request.id);
      for (const auto& [name, value] : request.parameters) {
        absl::StrAppend(&text, " ", name, "=", value);
      }
      asked.push_back(std::move(text));
    }
    return asked;
  }

  boost::asio::io_context io_;
  const secrets::SecretBox secret_box_ =
      secrets::SecretBox::FromKeyHex(std::string(64, 'a')).value();
  registry_watch::SnapshotBuilder builder_{"hs.test"};
  int registered_count_ = 0;
  registry_watch::LatestSnapshot registry_;
  FakeClock clock_;
  CircuitBreaker breaker_{{.failures_max = 2}, clock_};
  prometheus::Registry prometheus_;
  QueryMetrics metrics_{prometheus_};
  appservice_client::FakeAppserviceClient client_;
  const registry_watch::RequestMaker requests_{secret_box_, clock_};
  FanOut fan_out_{{.timeout = absl::Seconds(5),
                   .limit = {.all_max = 4, .per_appservice_max = 3}},
                  client_,
                  requests_,
                  breaker_,
                  clock_,
                  metrics_};
};

}  // namespace causeway::query

#endif  // CAUSEWAY_SERVICES_QUERY_PROXY_LOOK_UP_FIXTURE_H_
