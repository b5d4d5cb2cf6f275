// Which kind of path an AS of today's registration answers on.
// Source: https://spec.matrix.org/v1.17/application-service-api/#legacy-routes
//
// An AS registered by file may still be a program of the draft's time. So a v1
// path that doesn't exist there is followed by the draft's, and the one that
// exists is remembered, per registration and URL. From time to time the v1 path
// goes first again, since programs get replaced. If neither exists nothing is
// remembered: a bare 404 may also be such a program's way to say "no such
// user".
#ifndef CAUSEWAY_SERVICES_SHARED_APPSERVICE_CLIENT_ROUTE_MEMORY_H_
#define CAUSEWAY_SERVICES_SHARED_APPSERVICE_CLIENT_ROUTE_MEMORY_H_

#include <cstddef>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "services/shared/appservice_client/appservice_client.h"
#include "services/shared/clock/clock.h"

namespace causeway::appservice_client {

inline constexpr absl::Duration kDraftPathsRememberedFor = absl::Hours(24);
// When full, what is forgotten is whatever hash order names; it is learnt again
// by one request more.
inline constexpr size_t kRememberedMax = 10000;

// Whether an answer means that the path doesn't exist: 404 without errcode or
// with M_UNRECOGNIZED, 405, 501, a redirect. Never 401 or 403.
bool MeansNoSuchRoute(const AppserviceResponse& response);

// Thread-compatible.
class RouteMemory {
 public:
  // `clock` must outlive the memory.
  explicit RouteMemory(const Clock& clock) : clock_(clock) {}

  // The path to try first for a v1 registration.
  Dialect First(absl::string_view appservice_uid, absl::string_view url) const;

  // Notes that `dialect` is the kind of path that exists.
  void Remember(absl::string_view appservice_uid, absl::string_view url,
                Dialect dialect);

  // v1's path goes first again.
  void Forget(absl::string_view appservice_uid);

 private:
  struct Found {
    std::string url;
    absl::Duration found_at;  // By monotonic time.
  };

  const Clock& clock_;
  // Where the draft's paths were found, by the registration's uid.
  absl::flat_hash_map<std::string, Found> draft_found_;
};

}  // namespace causeway::appservice_client

#endif  // CAUSEWAY_SERVICES_SHARED_APPSERVICE_CLIENT_ROUTE_MEMORY_H_
