#include "services/shared/appservice_client/client_flags.h"

#include <string>

#include "absl/flags/flag.h"
#include "services/shared/server/checked_flags.h"

ABSL_FLAG(bool, appservice_private_addresses, true,
          "Whether application services may be on loopback and private "
          "networks, where their grants allow it too. Link-local and cloud "
          "metadata addresses are never reached.");
ABSL_FLAG(std::string, appservice_ca_file, "",
          "Certificates to trust when application services are called over "
          "https, PEM. Empty: the system's.");
ABSL_FLAG(std::string, appservice_ca_dir, "",
          "Directory of certificates that are trusted for one application "
          "service alone, in place of those of --appservice_ca_file: ID.pem, "
          "with the registration's ID percent-encoded. A file that is new or "
          "changed counts within a minute. Empty: none.");

namespace causeway::appservice_client {

CurlAppserviceClient::Options ClientOptionsFromFlags() {
  return {.private_addresses_allowed =
              absl::GetFlag(FLAGS_appservice_private_addresses),
          .ca_file = server::ReadableFile(FLAGS_appservice_ca_file),
          .ca_directory = server::Directory(FLAGS_appservice_ca_dir)};
}

}  // namespace causeway::appservice_client
