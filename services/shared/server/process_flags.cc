#include "services/shared/server/process_flags.h"

#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/flags/flag.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/types/span.h"
#include "services/shared/access/operator_token.h"
#include "services/shared/server/checked_flags.h"
#include "services/shared/server/command_line.h"
#include "services/shared/server/health_probe.h"
#include "services/shared/server/listen_address.h"
#include "services/shared/server/logging.h"
#include "services/shared/server/version.h"
#include "services/shared/tls/identity.h"
#include "services/shared/tls/pem_files.h"

ABSL_FLAG(std::string, grpc_listen, "",
          "Address (host:port) of the gRPC API. Port 0 takes a free one, which "
          "--port_file tells.");
ABSL_FLAG(std::string, tls_certificate, "",
          "File with this service's certificate, which must have the DNS name "
          "causeway-SERVICE (causeway-query-proxy, say), and the chain after "
          "it: PEM, read again when it changes, as are --tls_key and --tls_ca. "
          "All three or none; with them gRPC is mutual TLS, to the other "
          "services, too.");
ABSL_FLAG(std::string, tls_key, "",
          "File with the private key of --tls_certificate: PEM.");
ABSL_FLAG(std::string, tls_ca, "",
          "File with the certificates of the authorities that sign those of "
          "services and operators, and nobody else's: PEM.");
ABSL_FLAG(std::string, operator_token_file, "",
          "File whose only line, of 32 to 1024 characters (openssl rand -hex "
          "32), is the token by which an operator is known who has no "
          "certificate for causeway-operator. Read again when it changes. "
          "Empty: none; without TLS, too, whoever can connect is an operator.");
ABSL_FLAG(std::string, allow_plaintext_listen, "",
          "Which listeners may be without TLS on an address that other "
          "machines can reach, separated by commas: grpc (--grpc_listen; not "
          "needed with --tls_certificate), http (--http_listen) and public "
          "(the gateway's --public_listen). There is neither encryption nor "
          "authentication on grpc: whoever can connect can do everything. Only "
          "for networks that nobody else is on.");
ABSL_FLAG(std::string, http_listen, "",
          "Address (host:port) of /metrics, /livez and /readyz. Port 0 takes a "
          "free one.");
ABSL_FLAG(bool, healthcheck, false,
          "Starts nothing, but asks the process that listens at --http_listen "
          "on this machine whether it is ready, and ends: with 0 if it is, "
          "else with 1 and the reason on standard error.");
ABSL_FLAG(std::string, port_file, "",
          "File to write, once it listens, with the process ID and all "
          "addresses as one JSON object; removed when the process ends in "
          "order. Empty: none.");
ABSL_FLAG(
    int, drain_timeout_ms, 10000,
    "On SIGTERM, how many milliseconds calls under way have to end before "
    "they are cancelled. 0 to 600000.");
ABSL_FLAG(int, executor_threads, 8,
          "Threads that do the work of calls. 1 to 1024.");
ABSL_FLAG(int, executor_queue_max, 1000,
          "Calls that may wait for a thread; beyond, they are refused with "
          "UNAVAILABLE. 1 to 1000000.");
ABSL_FLAG(int, call_log_lines_per_second_max, 100,
          "Most gRPC calls logged in a second, those that fail apart; the "
          "others are counted. 0 to 1000000.");
ABSL_FLAG(
    std::string, log_format, "json",
    "Form of the log on standard error: json, one object a line; or text, "
    "for people.");
ABSL_FLAG(std::string, log_level, "info",
          "The least important lines that are logged: debug, info, warning or "
          "error.");

namespace causeway::server {
namespace {

// What can listen; each has a flag --LISTENER_listen.
constexpr absl::string_view kListeners[] = {"grpc", "http", "public"};
constexpr absl::string_view kListenSuffix = "_listen";

void PrintHelp(const ProgramInfo& program) {
  std::cout << "causeway " << program.service << ": " << program.description
            << "\n\nUsage: " << program.service << " [--flag=value ...]\n\n"
            << FlagsHelp();
}

log::Format ParseLogFormat(const std::string& text) {
  if (text == "json") return log::Format::kJson;
  if (text == "text") return log::Format::kText;
  RefuseFlag("log_format", absl::StrCat("\"", text, "\" is not json or text"));
}

log::Level ParseLogLevel(const std::string& text) {
  if (text == "debug") return log::Level::kDebug;
  if (text == "info") return log::Level::kInfo;
  if (text == "warning") return log::Level::kWarning;
  if (text == "error") return log::Level::kError;
  RefuseFlag("log_level", absl::StrCat("\"", text,
                                       "\" is not debug, info, warning or "
                                       "error"));
}

[[noreturn]] void EndAfterHealthcheck() {
  const absl::Status ready =
      AskWhetherReady(Parsed(FLAGS_http_listen, ListenAddress::Parse));
  if (!ready.ok()) std::cerr << ready.message() << "\n";
  std::exit(ready.ok() ? 0 : 1);
}

// Null: none of the three flags is given.
std::shared_ptr<const tls::Identity> IdentityFromFlags(
    const ProgramInfo& program) {
  const tls::Identity::Files files = {
      .certificate = absl::GetFlag(FLAGS_tls_certificate),
      .key = absl::GetFlag(FLAGS_tls_key),
      .ca = absl::GetFlag(FLAGS_tls_ca)};
  if (files.certificate.empty() && files.key.empty() && files.ca.empty()) {
    return nullptr;
  }
  if (files.certificate.empty() || files.key.empty() || files.ca.empty()) {
    RefuseFlag("tls_certificate",
               "it goes together with --tls_key and --tls_ca: all three or "
               "none");
  }
  const absl::Status named =
      tls::CheckName(files.certificate, tls::CertificateName(program.service));
  if (!named.ok()) RefuseFlag("tls_certificate", named.message());
  absl::StatusOr<std::shared_ptr<const tls::Identity>> identity =
      tls::Identity::FromFiles(files);
  if (!identity.ok()) {
    RefuseFlag("tls_certificate, --tls_key, --tls_ca",
               identity.status().message());
  }
  return *std::move(identity);
}

// Empty: none.
absl::StatusOr<std::string> CheckedTokenFile(const std::string& path) {
  if (path.empty()) return path;
  const absl::StatusOr<std::string> token = access::OperatorToken::Read(path);
  if (!token.ok()) return token.status();
  return path;
}

absl::StatusOr<std::vector<std::string>> PlaintextListeners(
    absl::string_view names) {
  std::vector<std::string> listeners =
      absl::StrSplit(names, ',', absl::SkipEmpty());
  for (const std::string& listener : listeners) {
    if (!absl::c_linear_search(kListeners, listener)) {
      return absl::InvalidArgumentError(absl::StrCat(
          "\"", listener, "\" is none of ", absl::StrJoin(kListeners, ", ")));
    }
  }
  return listeners;
}

Process::Options OptionsFromFlags(const ProgramInfo& program) {
  const std::shared_ptr<const tls::Identity> identity =
      IdentityFromFlags(program);
  Parsed(FLAGS_allow_plaintext_listen, PlaintextListeners);
  const ListenAddress grpc = Parsed(FLAGS_grpc_listen, ListenAddress::Parse);
  if (identity == nullptr) RefusePlaintext("grpc_listen", grpc);
  const ListenAddress http = Parsed(FLAGS_http_listen, ListenAddress::Parse);
  RefusePlaintext("http_listen", http);
  return {
      .service = program.service,
      .grpc_listen = grpc.ToString(),
      .http_listen = http.ToString(),
      .port_file = absl::GetFlag(FLAGS_port_file),
      .drain_timeout = MillisecondsInRange(FLAGS_drain_timeout_ms, 0, 600000),
      .executor = {.threads = InRange(FLAGS_executor_threads, 1, 1024),
                   .queue_max = InRange(FLAGS_executor_queue_max, 1, 1000000)},
      .call_log_lines_per_second_max =
          InRange(FLAGS_call_log_lines_per_second_max, 0, 1000000),
      .identity = identity,
      .operator_token_file =
          Parsed(FLAGS_operator_token_file, CheckedTokenFile)};
}

}  // namespace

void RefusePlaintext(absl::string_view flag, const ListenAddress& address) {
  const absl::string_view listener = absl::StripSuffix(flag, kListenSuffix);
  if (address.loopback ||
      absl::c_linear_search(
          Parsed(FLAGS_allow_plaintext_listen, PlaintextListeners), listener)) {
    return;
  }
  RefuseFlag(flag,
             absl::StrCat(address.ToString(),
                          " can be reached by other machines, and this is not "
                          "encrypted; listen on 127.0.0.1, or add "
                          "--allow_plaintext_listen=",
                          listener, " if nobody else is on that network"));
}

Process::Options ParseFlags(int argc, char** argv, const ProgramInfo& program) {
  // The defaults differ from service to service; --help shows these.
  absl::SetFlag(&FLAGS_grpc_listen, program.grpc_listen);
  absl::SetFlag(&FLAGS_http_listen, program.http_listen);
  absl::SetFlag(&FLAGS_executor_threads, program.executor_threads);
  absl::StatusOr<CommandLine> line =
      ParseCommandLine(absl::MakeConstSpan(argv + 1, argv + argc));
  if (!line.ok()) RefuseUsage(line.status().message());
  if (line->help) {
    PrintHelp(program);
    std::exit(0);
  }
  if (line->version) {
    std::cout << "causeway " << program.service << " " << kVersion << "\n";
    std::exit(0);
  }
  if (!line->positional.empty()) {
    RefuseUsage(absl::StrCat(line->positional.front(), ": not a flag"));
  }
  if (absl::GetFlag(FLAGS_healthcheck)) EndAfterHealthcheck();
  log::Configure({.format = ParseLogFormat(absl::GetFlag(FLAGS_log_format)),
                  .level = ParseLogLevel(absl::GetFlag(FLAGS_log_level)),
                  .service = program.service});
  return OptionsFromFlags(program);
}

}  // namespace causeway::server
