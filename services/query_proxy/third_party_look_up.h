#ifndef CAUSEWAY_SERVICES_QUERY_PROXY_THIRD_PARTY_LOOK_UP_H_
#define CAUSEWAY_SERVICES_QUERY_PROXY_THIRD_PARTY_LOOK_UP_H_

#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/query_proxy/answer.h"
#include "services/query_proxy/fan_out.h"
#include "services/query_proxy/protocol_memory.h"
#include "services/query_proxy/query_metrics.h"
#include "services/shared/clock/clock.h"
#include "services/shared/registry_watch/latest_snapshot.h"
#include "services/shared/registry_watch/registry_snapshot.h"
#include "services/shared/server/line_quota.h"

namespace causeway::query {

// Looks up networks, and their rooms and users, with all application services
// that declare the protocol, side by side, and tells what those said that
// answered in time.
// Source: https://spec.matrix.org/v1.17/client-server-api/#third-party-networks
//
// Answers that make no sense are logged, ten lines a second at most.
//
// Thread-safe.
class ThirdPartyLookUp {
 public:
  struct Context {
    std::string request_id;
    absl::Duration patience;
  };

  // One look-up of locations or users.
  struct Search {
    LookUpKind kind = LookUpKind::kLocation;  // Or kUser.
    // By protocol and the fields to search for, or else by `matrix_id`, a
    // well-formed room alias or user ID.
    std::string protocol = {};
    std::vector<std::pair<std::string, std::string>> fields = {};
    std::string matrix_id = {};
  };

  // The references must outlive it.
  ThirdPartyLookUp(ProtocolMemory::Options memory, FanOut& fan_out,
                   const registry_watch::LatestSnapshot& registry,
                   const Clock& clock, QueryMetrics& metrics);

  // All protocols, as an object by their names. Never an error.
  boost::asio::awaitable<std::string> Protocols(Context context);

  // One of them. NOT_FOUND: nobody serves it; DEADLINE_EXCEEDED: those who may
  // didn't answer.
  boost::asio::awaitable<absl::StatusOr<std::string>> Protocol(
      std::string protocol, Context context);

  // An array of locations or users. Errors as above.
  boost::asio::awaitable<absl::StatusOr<std::string>> Find(Search search,
                                                           Context context);

 private:
  struct Known;  // What is known of protocols.

  boost::asio::awaitable<Known> Learn(std::string protocol, Context context);
  std::vector<FanOut::Target> TargetsOf(
      const registry_watch::RegistrySnapshot& snapshot,
      const Search& search) const;

  FanOut& fan_out_;
  const registry_watch::LatestSnapshot& registry_;
  const Clock& clock_;
  QueryMetrics& metrics_;
  ProtocolMemory memory_;
  server::LineQuota line_quota_;
};

}  // namespace causeway::query

#endif  // CAUSEWAY_SERVICES_QUERY_PROXY_THIRD_PARTY_LOOK_UP_H_
