#include "services/ctl/cures.h"

namespace causeway::ctl {

absl::string_view Cure(query::v1::DiagnoseResponse::Step step) {
  using Response = query::v1::DiagnoseResponse;
  switch (step) {
    case Response::URL:
      return "register it again, with a URL that can be used";
    case Response::NAME:
      return "is the host name in its URL right, and does query_proxy's "
             "machine find it in DNS?";
    case Response::ADDRESS:
      return "its URL leads to a network that is not allowed: grant update "
             "--private_networks yes (and --appservice_private_addresses), or "
             "register it with another URL";
    case Response::CONNECTION:
      return "start the bridge; does it listen where its URL says, for others "
             "than itself, does it speak TLS if that says https, and do "
             "firewalls let query_proxy and push_dispatcher through?";
    case Response::TLS:
      return "give it a certificate for that name that is trusted here, or put "
             "its authority into --appservice_ca_dir";
    case Response::ANSWER:
      return "the bridge itself fails, or what stands before it: see its log";
    case Response::TOKEN:
      return "it has another hs_token: appservice rotate-token, and give the "
             "bridge what is in the file";
    case Response::DIALECT:
      return "what answers is no application service: does the URL's path, or "
             "a proxy on the way, lead elsewhere?";
    case Response::CLOCK:
      return "set the clock of its machine, or of this one (NTP)";
    case Response::ROUND_TRIP:
      return "it is busy or far away: every query and delivery waits as long";
    default:
      return "";
  }
}

}  // namespace causeway::ctl
