#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/synchronization/blocking_counter.h"
#include "absl/time/time.h"
#include "prometheus/registry.h"
#include "services/query_proxy/appservice_asker.h"
#include "services/query_proxy/circuit_breaker.h"
#include "services/query_proxy/pause.h"
#include "services/query_proxy/query_engine.h"
#include "services/query_proxy/query_metrics.h"
#include "services/shared/appservice_client/curl_appservice_client.h"
#include "services/shared/clock/clock.h"
#include "services/shared/registry_watch/latest_snapshot.h"
#include "services/shared/registry_watch/registration.h"
#include "services/shared/registry_watch/request_maker.h"
#include "services/shared/registry_watch/snapshot_builder.h"
#include "services/shared/secrets/secret_box.h"
#include "services/shared/server/executor.h"
#include "tests/bench/query/rows.h"
#include "tests/bench/shared/check.h"

namespace causeway::bench {
namespace {

using namespaces::NamespaceKind;

constexpr absl::Duration kPatience = absl::Seconds(30);

// As query_proxy's main wires them.
struct Engine {
  explicit Engine(const Asked& asked) {
    registry_watch::Registration registration;
    registration.id = "bench";
    registration.url = asked.url;
    registration.namespaces = {{NamespaceKind::kUsers, "@bench_.*", true}};
    registration.hs_token_sealed = secret_box.Seal(asked.hs_token, "1");
    registry.Set(registry_watch::SnapshotBuilder("bench.test")
                     .Add(registration)
                     .Build());
  }

  const RealClock clock;
  const secrets::SecretBox secret_box =
      secrets::SecretBox::FromKeyHex(std::string(64, 'a')).value();
  registry_watch::LatestSnapshot registry;
  prometheus::Registry prometheus;
  query::QueryMetrics metrics{prometheus};
  server::Executor executor{{.threads = 2}};
  appservice_client::CurlAppserviceClient client{{}, clock};
  const registry_watch::RequestMaker requests{secret_box, clock};
  query::CircuitBreaker breaker{{}, clock};
  query::TimerPause pause;
  query::AppserviceAsker asker{{},      client, registry, requests,
                               breaker, pause,  clock,    metrics};
  query::QueryEngine engine{{}, asker, registry, clock, metrics};
};

boost::asio::awaitable<void> Ask(Engine& engine, absl::Duration end,
                                 std::vector<double>& milliseconds,
                                 absl::BlockingCounter& left) {
  absl::Duration begin = engine.clock.MonotonicNow();
  while (begin < end) {
    query::QueryEngine::Request request{
        .question = {.kind = query::QuestionKind::kUser, .id = NextUserId()},
        .caused_by_appservice_uid = "",
        .deadline = begin + kPatience,
        .request_id = "bench"};
    const absl::StatusOr<query::Answer> answer =
        co_await engine.engine.Query(std::move(request));
    if (!answer.ok() || answer->outcome != query::Outcome::kLookAgain) {
      Die("a query ended otherwise");
    }
    const absl::Duration now = engine.clock.MonotonicNow();
    milliseconds.push_back(absl::ToDoubleMilliseconds(now - begin));
    begin = now;
  }
  left.DecrementCount();
}

}  // namespace

RoundTrips RunEngine(const Asked& asked, int waiter_count,
                     absl::Duration time) {
  Engine engine(asked);
  std::vector<std::vector<double>> milliseconds(
      static_cast<size_t>(waiter_count));
  absl::BlockingCounter left(waiter_count);
  const absl::Duration begin = engine.clock.MonotonicNow();
  for (std::vector<double>& of_one : milliseconds) {
    boost::asio::co_spawn(engine.executor.asio_executor(),
                          Ask(engine, begin + time, of_one, left),
                          boost::asio::detached);
  }
  left.Wait();
  RoundTrips result{.milliseconds = {},
                    .time = engine.clock.MonotonicNow() - begin};
  for (const std::vector<double>& of_one : milliseconds) {
    result.milliseconds.insert(result.milliseconds.end(), of_one.begin(),
                               of_one.end());
  }
  return result;
}

}  // namespace causeway::bench
