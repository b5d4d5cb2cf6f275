// Requests to application services (ASes): what one consists of, and how it
// ends. CurlAppserviceClient sends them, FakeAppserviceClient pretends to.
// Source: https://spec.matrix.org/v1.17/application-service-api/#homeserver---application-service-api
//
// Two dialects. In the draft's, a path follows the AS's URL directly and the
// token is a query parameter; in v1 the path begins with /_matrix/app/v1 and
// the token is a Bearer header:
//   draft  GET {url}/users/{id}?access_token=T_h
//   v1     GET {url}/_matrix/app/v1/users/{id}    Authorization: Bearer T_h
// A draft registration only ever gets draft paths. For a v1 registration the
// draft's are the fallback, see route_memory.h.
//
// Third-party look-ups came between the two: their older path begins with
// /_matrix/app/unstable, has the draft's token, and stands for the draft's
// here.
#ifndef CAUSEWAY_SERVICES_SHARED_APPSERVICE_CLIENT_APPSERVICE_CLIENT_H_
#define CAUSEWAY_SERVICES_SHARED_APPSERVICE_CLIENT_APPSERVICE_CLIENT_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace causeway::appservice_client {

// How an AS is spoken to.
enum class Dialect { kDraft, kV1 };

enum class Route {
  kUsers,         // GET, `id` is a user ID.
  kRooms,         // GET, `id` is a room alias.
  kTransactions,  // PUT, `id` is a transaction ID.
  kPing,          // POST, no `id`; v1 only.
  // Third-party networks. GET, `id` is the protocol, or empty in the last two;
  // with parameters.
  kThirdPartyProtocol,
  kThirdPartyLocation,
  kThirdPartyUser,
  // The draft's URI of a user or room elsewhere. GET, no `id`, with the
  // parameter `uri`; only in the registration's own dialect.
  kUserByUri,
  kAliasByUri,
};

// What is read of an answer. A draft registration's to an alias query may hold
// a room's history; a look-up's is one of many that are put together. Of the
// others only the status counts (a v1 registration's to a query, a
// transaction's, a ping's, whatever isn't 2xx), so what is longer is cut off,
// not refused.
inline constexpr size_t kRoomAnswerBytesMax = 4 << 20;
inline constexpr size_t kUserAnswerBytesMax = 64 << 10;
inline constexpr size_t kLookUpAnswerBytesMax = 128 << 10;
inline constexpr size_t kOtherAnswerBytesMax = 64 << 10;

struct AppserviceRequest {
  std::string appservice_uid;  // The registration's never-reused UID.
  // The registration's ID, by which certificates of its own are found.
  std::string appservice_id = {};
  std::string url;  // http or https; may end in a slash.
  std::string hs_token;
  // The one before: presented where the other one is refused (401 or 403), or
  // first, where that was so the last time. Empty: none.
  std::string previous_hs_token;
  Dialect dialect = Dialect::kV1;  // The registration's.
  Route route = Route::kUsers;
  std::string id;  // As it is, not percent-encoded.
  // Names and values of the query, as they are.
  std::vector<std::pair<std::string, std::string>> parameters = {};
  // JSON, for PUT and POST. Shared with the caller, never copied or changed.
  std::shared_ptr<const std::string> body;
  // For the whole request: name look-up, connection, and both routes if the
  // first doesn't exist.
  absl::Duration timeout = absl::Seconds(30);
  std::string request_id;  // Sent as X-Request-Id unless empty.
  // Names it for Cancel(): different for all that are under way. 0: it has no
  // name.
  int64_t cancel_id = 0;
  // Whether the URL may lead to loopback and private networks, if the client
  // reaches these. Link-local and cloud metadata addresses are refused in any
  // case.
  bool private_addresses_allowed = true;
};

struct AppserviceResponse {
  int http_status = 0;
  std::string body;
  // How long it asks to be left alone (Retry-After); zero: it doesn't say.
  absl::Duration retry_after = absl::ZeroDuration();
  // By its clock (Date). InfinitePast: it doesn't say.
  absl::Time date = absl::InfinitePast();
  // Which kind of path gave this answer.
  Dialect path_dialect = Dialect::kV1;
  // Keeps a long body's share of the client's budget: destroy it with the body.
  std::shared_ptr<const void> budget_share = nullptr;
};

// Thread-safe.
class AppserviceClient {
 public:
  // An HTTP answer of any status, or why there is none:
  //   UNAVAILABLE         no connection, a broken one, TLS not verified;
  //                       or the client is being destroyed
  //   DEADLINE_EXCEEDED   not connected in time, or not answered within
  //                       `timeout`
  //   PERMISSION_DENIED   the address isn't allowed
  //   INVALID_ARGUMENT    the URL or the token can't be used
  //   UNIMPLEMENTED       kPing in the draft's dialect
  //   OUT_OF_RANGE        the answer exceeds kRoomAnswerBytesMax,
  //                       kUserAnswerBytesMax or kLookUpAnswerBytesMax
  //   RESOURCE_EXHAUSTED  too many requests at once, or too many bytes of long
  //                       answers are held, in all or of the AS
  //   CANCELLED           Cancel() was called
  // Messages name the AS's URL, never a token or a body. How far the request
  // came: FailedStep() (failed_step.h).
  using Callback =
      absl::AnyInvocable<void(absl::StatusOr<AppserviceResponse>) &&>;

  virtual ~AppserviceClient() = default;

  // Returns at once. Calls `callback` once, from a thread of the client's or
  // before Send() returns; it must not block, and may call Send().
  virtual void Send(AppserviceRequest request, Callback callback) = 0;

  // Ends the request of that `cancel_id` at once, if it is still under way. How
  // far it has come nobody knows: the AS may have got it or get it yet.
  virtual void Cancel(int64_t cancel_id) = 0;

  // Forgets which kind of path a v1 registration was found to have: today's go
  // first, and the draft's may be tried. From the next Send() on.
  virtual void ForgetPaths(std::string appservice_uid) = 0;
};

}  // namespace causeway::appservice_client

#endif  // CAUSEWAY_SERVICES_SHARED_APPSERVICE_CLIENT_APPSERVICE_CLIENT_H_
