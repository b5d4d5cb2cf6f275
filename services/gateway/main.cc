// The gateway: HTTP/JSON <-> gRPC, and nothing else.
//
//   flags -> Options -> channels to the other services -> API -> HTTP(S) server

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "causeway/homeserver/v1/credentials.grpc.pb.h"
#include "causeway/homeserver/v1/homeserver.grpc.pb.h"
#include "causeway/homeserver/v1/keys.grpc.pb.h"
#include "causeway/homeserver/v1/media.grpc.pb.h"
#include "causeway/homeserver/v1/push_rules.grpc.pb.h"
#include "causeway/homeserver/v1/user_directory.grpc.pb.h"
#include "causeway/push/v1/push.grpc.pb.h"
#include "causeway/query/v1/query.grpc.pb.h"
#include "causeway/registry/v1/registry.grpc.pb.h"
#include "services/gateway/access_log.h"
#include "services/gateway/gateway_api.h"
#include "services/gateway/gateway_metrics.h"
#include "services/gateway/http/byte_budget.h"
#include "services/gateway/http/http_limits.h"
#include "services/gateway/http/http_server.h"
#include "services/gateway/http/router.h"
#include "services/gateway/route.h"
#include "services/gateway/token_buckets.h"
#include "services/shared/clock/clock.h"
#include "services/shared/registry_watch/latest_snapshot.h"
#include "services/shared/registry_watch/registry_watcher.h"
#include "services/shared/registry_watch/watch_metrics.h"
#include "services/shared/server/channel.h"
#include "services/shared/server/checked_flags.h"
#include "services/shared/server/listen_address.h"
#include "services/shared/server/logging.h"
#include "services/shared/server/process.h"
#include "services/shared/server/process_flags.h"
#include "services/shared/server/readiness.h"
#include "services/shared/server/replicas.h"

ABSL_FLAG(std::string, public_listen, "127.0.0.1:8008",
          "Address (host:port) of the HTTP API for clients and application "
          "services: https with --public_tls_certificate, http without. Port 0 "
          "takes a free one.");
ABSL_FLAG(std::string, public_tls_certificate, "",
          "File with the certificate that clients see, followed by those that "
          "lead to an authority they know: PEM, read again when it changes, as "
          "is --public_tls_key. Empty: no TLS; a reverse proxy may have it.");
ABSL_FLAG(std::string, public_tls_key, "",
          "File with the private key of --public_tls_certificate: PEM, without "
          "a passphrase.");
ABSL_FLAG(int, public_threads, 2, "Threads that serve the HTTP API. 1 to 256.");
ABSL_FLAG(std::string, registry, "127.0.0.1:7101",
          "Address (host:port) of the registry.");
ABSL_FLAG(std::string, homeserver, "127.0.0.1:7104",
          "Address (host:port) of the homeserver.");
ABSL_FLAG(std::string, push_dispatcher, "127.0.0.1:7103",
          "Address (host:port) of the push_dispatcher; or of several replicas "
          "of it, separated by commas. One of them is asked, and the next when "
          "that one fails or hangs.");
ABSL_FLAG(std::string, query_proxy, "127.0.0.1:7102",
          "Address (host:port) of the query_proxy.");
ABSL_FLAG(int, header_bytes_max, 32768,
          "Largest request line with headers. Beyond, 431 (or 414). 1024 to "
          "1048576.");
ABSL_FLAG(int, header_count_max, 100,
          "Most headers of a request. Beyond, 431. 1 to 10000.");
ABSL_FLAG(int, body_bytes_max, 1048576,
          "Largest request body. Beyond, 413. 1024 to 104857600.");
ABSL_FLAG(
    int, upload_bytes_max, 10485760,
    "Largest upload of media. Beyond, 413. 1024 to 52428800, and not more "
    "than --media_memory_bytes_max.");
ABSL_FLAG(
    int, media_memory_bytes_max, 67108864,
    "What uploads and downloads of media take of memory together. Beyond, "
    "429. 1048576 to 2147483647.");
ABSL_FLAG(
    int, user_requests_per_second_max, 20,
    "How many requests of one person are answered in the long run, and of "
    "each user of an application service that registered as "
    "rate_limited. Beyond, 429. 0 to 100000; 0: any number.");
ABSL_FLAG(int, user_requests_burst, 200,
          "How many of those that --user_requests_per_second_max bounds are "
          "answered at once after a pause. 1 to 1000000.");
ABSL_FLAG(int, address_requests_per_second_max, 10,
          "How many requests without a valid token are answered of one address "
          "(of IPv6: of one network of 64 bits) in the long run: registering, "
          "logging in. Beyond, 429. 0 to 100000; 0: any number.");
ABSL_FLAG(int, address_requests_burst, 100,
          "How many of those that --address_requests_per_second_max bounds are "
          "answered at once after a pause. 1 to 1000000.");
ABSL_FLAG(
    int, address_people_requests_per_second_max, 200,
    "How many requests of people with valid tokens are answered of one address "
    "(of IPv6: of one network of 64 bits), all of them together, in the long "
    "run. Beyond, 429. 0 to 100000; 0: any number.");
ABSL_FLAG(
    int, address_people_requests_burst, 2000,
    "How many of those that --address_people_requests_per_second_max bounds "
    "are answered at once after a pause. 1 to 1000000.");
ABSL_FLAG(
    int, account_logins_per_minute_max, 10,
    "How often anybody may try the password of one account in the long run, "
    "whatever addresses that comes from: to log in, or besides a token, as to "
    "change it. Beyond, 429. 0 to 100000; 0: any number.");
ABSL_FLAG(int, account_logins_burst, 10,
          "How many of the tries that --account_logins_per_minute_max bounds "
          "may come at once after a pause. 1 to 1000000.");
ABSL_FLAG(bool, trust_forwarded_for, false,
          "Takes a client's address from the last entry of X-Forwarded-For, "
          "which must be an address without a port. Right only behind a "
          "reverse proxy that appends it; without one anybody could come from "
          "anywhere.");
ABSL_FLAG(int, connections_max, 10000,
          "Most HTTP connections. Beyond, 503. 1 to 1000000.");
ABSL_FLAG(int, requests_in_flight_max, 10000,
          "Most requests answered at a time, long polls included. Beyond, 503. "
          "1 to 1000000.");
ABSL_FLAG(int, pipeline_depth_max, 8,
          "Requests of one connection that are read ahead of their answers. 1 "
          "to 1000.");
ABSL_FLAG(int, idle_timeout_ms, 120000,
          "How long a connection may be idle between requests. 1 to 86400000.");
ABSL_FLAG(int, header_timeout_ms, 10000,
          "How long a request's header may take to arrive. Beyond, 408. 1 to "
          "600000.");
ABSL_FLAG(int, body_timeout_ms, 60000,
          "How long a request's body may take to arrive. Beyond, 408. 1 to "
          "3600000.");
ABSL_FLAG(int, write_timeout_ms, 60000,
          "How long a client may take to receive an answer. 1 to 3600000.");
ABSL_FLAG(int, request_timeout_ms, 120000,
          "How long answering a request may take, long polls and queries to "
          "application services included. 60000 to 300000.");
ABSL_FLAG(int, registration_timeout_ms, 10000,
          "How long registering an application service waits until it is in "
          "force. Beyond, 503. 1 to 60000.");
ABSL_FLAG(int, access_log_lines_per_second_max, 100,
          "Most requests logged in a second; the others are counted. 0 to "
          "1000000.");
ABSL_FLAG(bool, list_routes, false,
          "Prints what is served, a method and a path a line, and ends.");

namespace causeway::gateway {
namespace {

HttpLimits LimitsFromFlags(ByteBudget& media_memory) {
  using server::InRange;
  using server::MillisecondsInRange;
  return {
      .header_bytes_max =
          static_cast<size_t>(InRange(FLAGS_header_bytes_max, 1024, 1048576)),
      .header_count_max = InRange(FLAGS_header_count_max, 1, 10000),
      .body_bytes_max =
          static_cast<size_t>(InRange(FLAGS_body_bytes_max, 1024, 104857600)),
      .upload_bytes_max = static_cast<size_t>(
          InRange(FLAGS_upload_bytes_max, 1024,
                  static_cast<int>(
                      std::min<size_t>(52428800, media_memory.bytes_max())))),
      .upload_budget = &media_memory,
      .trusts_forwarded_for = absl::GetFlag(FLAGS_trust_forwarded_for),
      .connections_max = InRange(FLAGS_connections_max, 1, 1000000),
      .requests_in_flight_max =
          InRange(FLAGS_requests_in_flight_max, 1, 1000000),
      .pipeline_depth_max = InRange(FLAGS_pipeline_depth_max, 1, 1000),
      .idle_timeout = MillisecondsInRange(FLAGS_idle_timeout_ms, 1, 86400000),
      .header_timeout = MillisecondsInRange(FLAGS_header_timeout_ms, 1, 600000),
      .body_timeout = MillisecondsInRange(FLAGS_body_timeout_ms, 1, 3600000),
      .write_timeout = MillisecondsInRange(FLAGS_write_timeout_ms, 1, 3600000),
      .request_timeout =
          MillisecondsInRange(FLAGS_request_timeout_ms, 60000, 300000)};
}

HttpServer::Options ServerOptionsFromFlags(ByteBudget& media_memory) {
  const server::ListenAddress listen =
      server::Parsed(FLAGS_public_listen, server::ListenAddress::Parse);
  HttpServer::Options options = {
      .listen = listen.ToString(),
      .threads = server::InRange(FLAGS_public_threads, 1, 256),
      .limits = LimitsFromFlags(media_memory),
      .certificate_file = server::ReadableFile(FLAGS_public_tls_certificate),
      .key_file = server::ReadableFile(FLAGS_public_tls_key)};
  if (options.certificate_file.empty() != options.key_file.empty()) {
    server::RefuseFlag("public_tls_certificate",
                       "it goes together with --public_tls_key: both or none");
  }
  if (options.certificate_file.empty()) {
    server::RefusePlaintext("public_listen", listen);
  }
  return options;
}

server::ReadinessCheck Reachable(
    std::vector<std::shared_ptr<grpc::Channel>> channels, const Clock& clock) {
  return [channels = std::move(channels), &clock] {
    constexpr absl::Duration kPatience = absl::Milliseconds(200);
    return server::WaitForAnyReady(channels, clock.Now() + kPatience)
               ? absl::OkStatus()
               : absl::UnavailableError("can't be reached");
  };
}

AccessLog::Options AccessLogOptionsFromFlags() {
  return {.lines_per_second_max = server::InRange(
              FLAGS_access_log_lines_per_second_max, 0, 1000000)};
}

TokenBuckets::Options BucketsFromFlags(absl::Flag<int>& per_second,
                                       absl::Flag<int>& burst) {
  return {
      .per_second = static_cast<double>(server::InRange(per_second, 0, 100000)),
      .burst = server::InRange(burst, 1, 1000000)};
}

TokenBuckets::Options LogInsFromFlags() {
  TokenBuckets::Options options = BucketsFromFlags(
      FLAGS_account_logins_per_minute_max, FLAGS_account_logins_burst);
  options.per_second /= 60;
  return options;
}

GatewayApi::Options ApiOptionsFromFlags(const HttpLimits& limits) {
  return {.registration = {.in_force_timeout = server::MillisecondsInRange(
                               FLAGS_registration_timeout_ms, 1, 60000)},
          .media = {.upload_bytes_max = limits.upload_bytes_max,
                    .memory = limits.upload_budget},
          .rate_limits = {
              .user = BucketsFromFlags(FLAGS_user_requests_per_second_max,
                                       FLAGS_user_requests_burst),
              .address = BucketsFromFlags(FLAGS_address_requests_per_second_max,
                                          FLAGS_address_requests_burst),
              .address_people =
                  BucketsFromFlags(FLAGS_address_people_requests_per_second_max,
                                   FLAGS_address_people_requests_burst),
              .account_logins = LogInsFromFlags()}};
}

// {version} stands for each of the versions after it.
void PrintRoutes(const RouteTable& routes) {
  for (const Route& route : routes) {
    const RoutePattern& pattern = route.pattern;
    std::printf("%s %s %s\n", pattern.method.c_str(), pattern.pattern.c_str(),
                absl::StrJoin(pattern.versions, ",").c_str());
  }
}

// Where the services are that this one calls.
struct Peers {
  const std::string registry = server::PeerAddress(FLAGS_registry);
  const std::string homeserver = server::PeerAddress(FLAGS_homeserver);
  const std::vector<std::string> push_dispatchers =
      server::PeerAddresses(FLAGS_push_dispatcher);
  const std::string query_proxy = server::PeerAddress(FLAGS_query_proxy);
};

struct Channels {
  Channels(const Peers& peers, const server::Process& process)
      : registry(
            server::MakeChannel(peers.registry, process.ChannelTo("registry"))),
        homeserver(server::MakeChannel(peers.homeserver,
                                       process.ChannelTo("homeserver"))),
        push_dispatchers(server::MakeChannels(
            peers.push_dispatchers, process.ChannelTo("push_dispatcher"))),
        query_proxy(server::MakeChannel(peers.query_proxy,
                                        process.ChannelTo("query_proxy"))) {}

  const std::shared_ptr<grpc::Channel> registry;
  const std::shared_ptr<grpc::Channel> homeserver;
  const std::vector<std::shared_ptr<grpc::Channel>> push_dispatchers;
  const std::shared_ptr<grpc::Channel> query_proxy;
};

int Main(int argc, char** argv) {
  const server::Process::Options options = server::ParseFlags(
      argc, argv,
      {.service = "gateway",
       .description =
           "serves Matrix's client-server API, and the API by which "
           "application services register, over HTTP/1.1, out of the other "
           "services.",
       .grpc_listen = "127.0.0.1:7105",
       .http_listen = "127.0.0.1:9105"});
  ByteBudget media_memory(static_cast<size_t>(
      server::InRange(FLAGS_media_memory_bytes_max, 1048576, 2147483647)));
  const HttpServer::Options server_options =
      ServerOptionsFromFlags(media_memory);
  const AccessLog::Options log_options = AccessLogOptionsFromFlags();
  const GatewayApi::Options api_options =
      ApiOptionsFromFlags(server_options.limits);
  const Peers peers;

  server::Process process(options);
  RealClock clock;
  const Channels channels(peers, process);
  registry_watch::LatestSnapshot latest;
  registry_watch::WatchMetrics watch_metrics(process.metrics_registry());
  const registry_watch::RegistryWatcher watcher({}, channels.registry, clock,
                                                latest, watch_metrics);
  process.AddReadinessCheck("registry",
                            [&latest] { return CheckReady(latest); });
  process.AddReadinessCheck("homeserver",
                            Reachable({channels.homeserver}, clock));
  // Only who registers waits for it.
  process.AddAdvisoryCheck("push_dispatcher",
                           Reachable(channels.push_dispatchers, clock));

  const auto registry = registry::v1::Registry::NewStub(channels.registry);
  const auto accounts = homeserver::v1::Accounts::NewStub(channels.homeserver);
  const auto credentials =
      homeserver::v1::Credentials::NewStub(channels.homeserver);
  const auto keys = homeserver::v1::Keys::NewStub(channels.homeserver);
  const auto media = homeserver::v1::Media::NewStub(channels.homeserver);
  const auto push_rules =
      homeserver::v1::PushRules::NewStub(channels.homeserver);
  const auto rooms = homeserver::v1::Rooms::NewStub(channels.homeserver);
  const auto updates = homeserver::v1::Updates::NewStub(channels.homeserver);
  const auto user_directory =
      homeserver::v1::UserDirectory::NewStub(channels.homeserver);
  server::Replicas<push::v1::PushDispatcher> push(channels.push_dispatchers);
  const auto query_proxy = query::v1::QueryProxy::NewStub(channels.query_proxy);
  GatewayMetrics metrics(process.metrics_registry());
  const GatewayApi api(api_options,
                       {.registry = *registry,
                        .accounts = *accounts,
                        .credentials = *credentials,
                        .keys = *keys,
                        .media = *media,
                        .push_rules = *push_rules,
                        .rooms = *rooms,
                        .updates = *updates,
                        .user_directory = *user_directory,
                        .push_dispatchers = push,
                        .query_proxy = *query_proxy,
                        .latest = latest},
                       clock, &metrics);

  if (absl::GetFlag(FLAGS_list_routes)) {
    PrintRoutes(api.routes());
    return 0;
  }

  AccessLog access_log(log_options, metrics, clock);
  absl::StatusOr<std::unique_ptr<HttpServer>> server = HttpServer::Listen(
      server_options,
      [&api](HttpRequest request) { return api.Handle(std::move(request)); },
      access_log, clock);
  if (!server.ok()) return process.StopAfter(server.status());
  process.set_public_address((*server)->address());
  process.AddDrainHook([&server] { (*server)->StartDraining(); });
  if (absl::Status started = process.Start(); !started.ok()) {
    return process.StopAfter(started);
  }
  const int exit_code = process.WaitForShutdown();
  if (!(*server)->AwaitDrained(options.drain_timeout)) {
    log::Warning("connections are cut: they took too long to drain");
  }
  return exit_code;
}

}  // namespace
}  // namespace causeway::gateway

int main(int argc, char** argv) { return causeway::gateway::Main(argc, argv); }
