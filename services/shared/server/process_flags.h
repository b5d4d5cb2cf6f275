#ifndef CAUSEWAY_SERVICES_SHARED_SERVER_PROCESS_FLAGS_H_
#define CAUSEWAY_SERVICES_SHARED_SERVER_PROCESS_FLAGS_H_

#include <string>

#include "absl/strings/string_view.h"
#include "services/shared/server/listen_address.h"
#include "services/shared/server/process.h"

namespace causeway::server {

// Who the process is, and where it listens unless flags say otherwise.
struct ProgramInfo {
  std::string service;      // "registry": for logs and --help.
  std::string description;  // One paragraph for --help.
  std::string grpc_listen;  // "127.0.0.1:7101"
  std::string http_listen;  // "127.0.0.1:9101"
  int executor_threads = 8;
};

// Reads the command line: the flags that every server process has
// (--grpc_listen, --tls_certificate, --tls_key, --tls_ca,
// --operator_token_file, --allow_plaintext_listen, --http_listen, --port_file,
// --drain_timeout_ms, --executor_threads, --executor_queue_max,
// --call_log_lines_per_second_max, --log_format, --log_level, --healthcheck)
// and those that the service defines with ABSL_FLAG (checked_flags.h checks
// their values). Sets up logging.
//
// Ends the process: with 0 after --help or --version; with 0 or 1 after
// --healthcheck, for which nothing else is required; with 2, naming the flag,
// when a flag is unknown or its value is bad, when an argument is no flag, and
// as RefusePlaintext() does.
Process::Options ParseFlags(int argc, char** argv, const ProgramInfo& program);

// Ends the process with 2, naming `flag`, when `address`, on which it is to
// listen without TLS, is not loopback and --allow_plaintext_listen doesn't name
// it. `flag` is --LISTENER_listen's name.
void RefusePlaintext(absl::string_view flag, const ListenAddress& address);

}  // namespace causeway::server

#endif  // CAUSEWAY_SERVICES_SHARED_SERVER_PROCESS_FLAGS_H_
