// query_proxy: asks application services about what only they know.
// Wiring only; see query_proxy_service.h and ARCHITECTURE.md.

#include <string>
#include <utility>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "causeway/query/v1/query.grpc.pb.h"
#include "services/query_proxy/appservice_asker.h"
#include "services/query_proxy/appservice_examiner.h"
#include "services/query_proxy/appservice_pinger.h"
#include "services/query_proxy/circuit_breaker.h"
#include "services/query_proxy/fan_out.h"
#include "services/query_proxy/pause.h"
#include "services/query_proxy/protocol_memory.h"
#include "services/query_proxy/query_engine.h"
#include "services/query_proxy/query_metrics.h"
#include "services/query_proxy/query_proxy_service.h"
#include "services/query_proxy/third_party_look_up.h"
#include "services/query_proxy/uri_look_up.h"
#include "services/shared/appservice_client/client_flags.h"
#include "services/shared/appservice_client/curl_appservice_client.h"
#include "services/shared/clock/clock.h"
#include "services/shared/registry_watch/latest_snapshot.h"
#include "services/shared/registry_watch/registry_watcher.h"
#include "services/shared/registry_watch/request_maker.h"
#include "services/shared/registry_watch/watch_metrics.h"
#include "services/shared/secrets/secret_box.h"
#include "services/shared/server/channel.h"
#include "services/shared/server/checked_flags.h"
#include "services/shared/server/process.h"
#include "services/shared/server/process_flags.h"

ABSL_FLAG(std::string, registry, "127.0.0.1:7101",
          "Where the registry listens, host:port.");
ABSL_FLAG(std::string, hs_token_key_file, "",
          "File with the key that the registry seals hs_tokens with: 64 hex "
          "digits. Required. It may have several, one a line.");
ABSL_FLAG(int, tries_max, 3,
          "How often an application service is tried for one query, 1 to 10.");
ABSL_FLAG(int, try_timeout_ms, 10000,
          "How long one try may take, connecting included, 20 to 300000.");
ABSL_FLAG(int, query_deadline_ms_max, 30000,
          "How long a query may take, tries and all, whatever its caller "
          "says, 100 to 300000.");
ABSL_FLAG(int, answer_memory_ms, 10000,
          "How long it is remembered that an application service doesn't know "
          "a user or an alias, 0 (not at all) to 60000.");
ABSL_FLAG(int, breaker_failures_max, 6,
          "After how many failed tries in a row an application service is "
          "left alone for a while, 1 to 1000.");
ABSL_FLAG(int, breaker_open_ms_min, 1000,
          "For how long at first an application service is left alone that "
          "failed --breaker_failures_max times, 1 to 600000. It doubles with "
          "each failure from then on.");
ABSL_FLAG(int, breaker_open_ms_max, 30000,
          "For how long at most an application service is left alone, 1 to "
          "600000.");
ABSL_FLAG(int, user_queries_max, 5000,
          "How many user queries may wait at once, 1 to 9000. More are "
          "refused.");
ABSL_FLAG(int, alias_queries_max, 2000,
          "How many alias queries may wait at once, 1 to 9000. Apart from "
          "user queries, which they may need.");
ABSL_FLAG(int, queries_per_appservice_max, 1000,
          "How many user queries, and how many alias queries, may wait at once "
          "for one application service, 1 to 9000. More are refused.");
ABSL_FLAG(int, look_up_timeout_ms, 5000,
          "How long an application service may take to answer a look-up in its "
          "network, 20 to 60000. Then the others' answers are told without "
          "it.");
ABSL_FLAG(int, look_up_requests_max, 1000,
          "How many requests for look-ups may be under way at once, 1 to 9000. "
          "Others aren't sent, and their answers are missing.");
ABSL_FLAG(int, look_up_requests_per_appservice_max, 100,
          "How many requests for look-ups to one application service, 1 to "
          "9000.");
ABSL_FLAG(int, protocol_memory_ms, 60000,
          "How long it is remembered what an application service tells of its "
          "networks, 0 (not at all) to 3600000.");
ABSL_FLAG(int, ping_timeout_ms, 10000,
          "How long an application service may take to answer a ping, 20 to "
          "60000.");

namespace causeway::query {
namespace {

AppserviceAsker::Options AskerOptionsFromFlags() {
  AppserviceAsker::Options options;
  options.tries.tries_max = server::InRange(FLAGS_tries_max, 1, 10);
  options.tries.try_timeout =
      server::MillisecondsInRange(FLAGS_try_timeout_ms, 20, 300000);
  return options;
}

FanOut::Options FanOutOptionsFromFlags() {
  FanOut::Options options;
  options.timeout =
      server::MillisecondsInRange(FLAGS_look_up_timeout_ms, 20, 60000);
  options.limit.all_max = server::InRange(FLAGS_look_up_requests_max, 1, 9000);
  options.limit.per_appservice_max =
      server::InRange(FLAGS_look_up_requests_per_appservice_max, 1, 9000);
  return options;
}

CircuitBreaker::Options BreakerOptionsFromFlags() {
  CircuitBreaker::Options options;
  options.failures_max = server::InRange(FLAGS_breaker_failures_max, 1, 1000);
  options.open_min =
      server::MillisecondsInRange(FLAGS_breaker_open_ms_min, 1, 600000);
  options.open_max =
      server::MillisecondsInRange(FLAGS_breaker_open_ms_max, 1, 600000);
  return options;
}

QueryEngine::Options EngineOptionsFromFlags() {
  QueryEngine::Options options;
  options.limits.user_queries_max =
      server::InRange(FLAGS_user_queries_max, 1, 9000);
  options.limits.alias_queries_max =
      server::InRange(FLAGS_alias_queries_max, 1, 9000);
  options.limits.per_appservice_max =
      server::InRange(FLAGS_queries_per_appservice_max, 1, 9000);
  options.answer_memory.lifetime =
      server::MillisecondsInRange(FLAGS_answer_memory_ms, 0, 60000);
  return options;
}

QueryProxyService::Options ServiceOptionsFromFlags() {
  QueryProxyService::Options options;
  options.deadline_max =
      server::MillisecondsInRange(FLAGS_query_deadline_ms_max, 100, 300000);
  return options;
}

int Run(int argc, char** argv) {
  server::Process::Options process_options = server::ParseFlags(
      argc, argv,
      {.service = "query_proxy",
       .description =
           "Asks application services about users, room aliases and networks "
           "that only they know: once however many want to know, a few times "
           "if need be, and never for longer than its callers wait.",
       .grpc_listen = "127.0.0.1:7102",
       .http_listen = "127.0.0.1:9102",
       // Nothing here blocks a thread; more of them only wake each other.
       .executor_threads = 2});
  const QueryProxyService::Options service_options = ServiceOptionsFromFlags();
  const QueryEngine::Options engine_options = EngineOptionsFromFlags();
  const AppserviceAsker::Options asker_options = AskerOptionsFromFlags();
  const CircuitBreaker::Options breaker_options = BreakerOptionsFromFlags();
  const FanOut::Options fan_out_options = FanOutOptionsFromFlags();
  const ProtocolMemory::Options protocol_memory = {
      .lifetime =
          server::MillisecondsInRange(FLAGS_protocol_memory_ms, 0, 3600000)};
  const AppservicePinger::Options pinger_options = {
      .timeout = server::MillisecondsInRange(FLAGS_ping_timeout_ms, 20, 60000)};
  const auto client_options = appservice_client::ClientOptionsFromFlags();
  const secrets::SecretBox secret_box =
      server::Parsed(FLAGS_hs_token_key_file, secrets::SecretBox::FromKeyFile);
  const std::string registry_address = server::PeerAddress(FLAGS_registry);
  const RealClock clock;

  server::Process process(std::move(process_options));
  QueryMetrics metrics(process.metrics_registry());
  registry_watch::WatchMetrics watch_metrics(process.metrics_registry());
  registry_watch::LatestSnapshot registry;
  registry_watch::RegistryWatcher watcher(
      {.with_secrets = true},
      server::MakeChannel(registry_address, process.ChannelTo("registry")),
      clock, registry, watch_metrics);

  appservice_client::CurlAppserviceClient client(client_options, clock);
  const registry_watch::RequestMaker requests(secret_box, clock);
  CircuitBreaker breaker(breaker_options, clock);
  TimerPause pause;
  AppserviceAsker asker(asker_options, client, registry, requests, breaker,
                        pause, clock, metrics);
  QueryEngine engine(engine_options, asker, registry, clock, metrics);
  AppservicePinger pinger(pinger_options, client, registry, requests, breaker,
                          clock, metrics);
  CircuitBreaker look_up_breaker(breaker_options, clock);
  FanOut fan_out(fan_out_options, client, requests, look_up_breaker, clock,
                 metrics);
  ThirdPartyLookUp third_party(protocol_memory, fan_out, registry, clock,
                               metrics);
  UriLookUp uris(fan_out, registry, clock, metrics);
  AppserviceExaminer examiner({.timeout = pinger_options.timeout}, client,
                              registry, requests, clock);
  QueryProxyService service(service_options,
                            {.engine = engine,
                             .pinger = pinger,
                             .third_party = third_party,
                             .uris = uris,
                             .examiner = examiner},
                            registry, clock, process.executor());

  process.AddService(service, v1::QueryProxy::service_full_name());
  process.AddReadinessCheck(
      "registry", [&registry] { return registry_watch::CheckReady(registry); });
  if (absl::Status started = process.Start(); !started.ok()) {
    return process.StopAfter(started);
  }
  return process.WaitForShutdown();
}

}  // namespace
}  // namespace causeway::query

int main(int argc, char** argv) { return causeway::query::Run(argc, argv); }
