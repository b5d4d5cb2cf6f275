// Which kind of path an AS of today's registration answers on.
// Source: https://spec.matrix.org/v1.17/application-service-api/#legacy-routes
//
// An AS registered by file may still be a program of the draft's time. So a v1
// path that doesn't exist there is followed by the draft's, and the one that
// has proved to exist is remembered, per registration and URL. A bare 404 may
// also be a program's way to say "no such user", and anything else that answers
// at its URL (a proxy, a page for whatever isn't there) knows no paths. So only
// an answer that such a program gives is a proof, and without one nothing is
// remembered.
//
// The draft's paths have the token in the URL, which ends up in access logs:
// where v1's have proved to exist, they aren't tried.
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

// The draft's from when they were found, so that v1's get their turn, since
// programs get replaced; v1's from when they last proved to exist.
inline constexpr absl::Duration kPathsRememberedFor = absl::Hours(24);
// When full, what is forgotten is whatever hash order names; it is learnt again
// by one request more.
inline constexpr size_t kRememberedMax = 20000;
// Longer answers are searched for no errcode: those of error pages may be long.
inline constexpr size_t kErrcodeAnswerBytesMax = 8 << 10;

// Whether an answer means that the path doesn't exist: 404 without errcode or
// with M_UNRECOGNIZED, 405, 501, a redirect; on the draft's path also a 2xx
// that isn't JSON. Never 401 or 403.
bool MeansNoSuchRoute(const AppserviceResponse& response);

// Whether an answer shows that the path exists: a 2xx that is JSON (by its
// first byte: an object or an array), or an errcode. Not 401 or 403, which may
// come from something that stands before all paths.
bool ProvesRoute(const AppserviceResponse& response);

// Thread-compatible.
class RouteMemory {
 public:
  // `clock` must outlive the memory.
  explicit RouteMemory(const Clock& clock) : clock_(clock) {}

  // The path to try first for a v1 registration.
  Dialect First(absl::string_view appservice_uid, absl::string_view url) const;

  // Whether v1's path has proved to exist, so that the draft's isn't to be
  // tried.
  bool KnowsV1(absl::string_view appservice_uid, absl::string_view url) const;

  // Notes that `dialect` is the kind of path that has proved to exist.
  void Remember(absl::string_view appservice_uid, absl::string_view url,
                Dialect dialect);

  // Nothing is known any more: v1's path goes first.
  void Forget(absl::string_view appservice_uid);

 private:
  struct Found {
    std::string url;
    Dialect dialect;
    absl::Duration found_at;  // By monotonic time.
  };

  bool Knows(absl::string_view appservice_uid, absl::string_view url,
             Dialect dialect) const;

  const Clock& clock_;
  // By the registration's uid.
  absl::flat_hash_map<std::string, Found> found_;
};

}  // namespace causeway::appservice_client

#endif  // CAUSEWAY_SERVICES_SHARED_APPSERVICE_CLIENT_ROUTE_MEMORY_H_
