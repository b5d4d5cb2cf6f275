#ifndef CAUSEWAY_SERVICES_QUERY_PROXY_URI_LOOK_UP_H_
#define CAUSEWAY_SERVICES_QUERY_PROXY_URI_LOOK_UP_H_

#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "services/query_proxy/fan_out.h"
#include "services/query_proxy/query_metrics.h"
#include "services/shared/clock/clock.h"
#include "services/shared/registry_watch/latest_snapshot.h"

namespace causeway::query {

inline constexpr size_t kUriBytesMax = 2048;

// Whom or what a URI names elsewhere, as an ID here.
enum class UriKind { kUser, kAlias };

// The scheme of a URI that can be looked up: "irc", "xmpp", "sip", "tel" or
// "mailto". INVALID_ARGUMENT (M_INVALID_PARAM) names what is wrong.
absl::StatusOr<std::string> ParseUriScheme(absl::string_view uri);

// Finds the Matrix ID of a URI by asking the application services that declare
// its scheme as their protocol. Of several answers the one of the first that
// registered counts; an ID outside its own namespaces doesn't.
// Source: the draft, "ID conventions".
//
// Thread-safe.
class UriLookUp {
 public:
  // The references must outlive it.
  UriLookUp(FanOut& fan_out, const registry_watch::LatestSnapshot& registry,
            const Clock& clock, QueryMetrics& metrics);

  // INVALID_ARGUMENT as above; NOT_FOUND: nobody knows it, or it is the alias
  // of an e-mail address or telephone number, whose rooms are private;
  // DEADLINE_EXCEEDED: those who may know didn't answer.
  boost::asio::awaitable<absl::StatusOr<std::string>> LookUp(
      UriKind kind, std::string uri, std::string request_id,
      absl::Duration patience);

 private:
  boost::asio::awaitable<absl::StatusOr<std::string>> Ask(
      UriKind kind, const std::string& scheme, const std::string& uri,
      const std::string& request_id, absl::Duration patience);

  FanOut& fan_out_;
  const registry_watch::LatestSnapshot& registry_;
  const Clock& clock_;
  QueryMetrics& metrics_;
};

}  // namespace causeway::query

#endif  // CAUSEWAY_SERVICES_QUERY_PROXY_URI_LOOK_UP_H_
