#ifndef CAUSEWAY_SERVICES_SHARED_APPSERVICE_CLIENT_CLIENT_FLAGS_H_
#define CAUSEWAY_SERVICES_SHARED_APPSERVICE_CLIENT_CLIENT_FLAGS_H_

#include "services/shared/appservice_client/curl_appservice_client.h"

namespace causeway::appservice_client {

// What the flags say that every program has that calls application services:
// --appservice_private_addresses, --appservice_ca_file, --appservice_ca_dir.
// Ends the process with 2, naming the flag, when a value is bad.
CurlAppserviceClient::Options ClientOptionsFromFlags();

}  // namespace causeway::appservice_client

#endif  // CAUSEWAY_SERVICES_SHARED_APPSERVICE_CLIENT_CLIENT_FLAGS_H_
