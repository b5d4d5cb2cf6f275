#ifndef CAUSEWAY_SERVICES_HOMESERVER_HOMESERVER_FLAGS_H_
#define CAUSEWAY_SERVICES_HOMESERVER_HOMESERVER_FLAGS_H_

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "services/homeserver/media/media_library.h"
#include "services/homeserver/sent_txns/sent_txns.h"
#include "services/shared/matrix/identifiers.h"

namespace causeway::homeserver {

// What the homeserver's own flags say. Those that every process has are in
// services/shared/server/process_flags.h.
struct HomeserverOptions {
  matrix::ServerName server_name;
  std::string conninfo;  // libpq's, with the password.
  int database_connections_max = 0;
  absl::Duration query_deadline;
  MediaLibrary::Options media;
  SentTxns::Options sent_txns;
  // Where the services are that this one calls, host:port.
  std::string registry;
  std::string query_proxy;
  std::vector<std::string> push_dispatchers;
};

// Once server::ParseFlags() has set the flags. Ends the process with 2, naming
// the flag, when a value is bad.
HomeserverOptions OptionsFromFlags();

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_HOMESERVER_FLAGS_H_
