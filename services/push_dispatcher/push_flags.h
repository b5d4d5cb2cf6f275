#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_PUSH_FLAGS_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_PUSH_FLAGS_H_

#include <cstddef>
#include <string>

#include "services/push_dispatcher/delivery/delivery_loop.h"
#include "services/push_dispatcher/delivery/lease_keeper.h"
#include "services/push_dispatcher/delivery/sweeper.h"
#include "services/shared/appservice_client/curl_appservice_client.h"
#include "services/shared/secrets/secret_box.h"

namespace causeway::push {

// What push_dispatcher's own flags say. Those that every process has are in
// services/shared/server/process_flags.h.
struct PushOptions {
  DeliveryLoop::Options delivery;
  LeaseKeeper::Options leases;
  Sweeper::Options sweeper;
  int database_connections_max = 0;
  size_t segment_cache_bytes = 0;
  secrets::SecretBox secret_box;
  std::string conninfo;  // libpq's, with the password.
  std::string registry;  // host:port.
  appservice_client::CurlAppserviceClient::Options appservice_client;
  std::string replica_name;
  // host:port. Empty: where it listens.
  std::string advertised_grpc_address;
};

// Once server::ParseFlags() has set the flags. Ends the process with 2, naming
// the flag, when a value is bad.
PushOptions OptionsFromFlags();

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_PUSH_FLAGS_H_
