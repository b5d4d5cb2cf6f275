// The errors that several services share, named once, and their only mapping to
// HTTP. Three vocabularies meet here: absl::StatusCode between our own parts,
// Matrix errcodes, HTTP statuses.
// Source: https://spec.matrix.org/v1.17/client-server-api/#standard-error-response
//
// Between services an error is an absl::Status that carries its errcode (see
// services/shared/status/errcode.h); ToHttpError() is for the HTTP edge alone.
// An error of one service only has its name in that service, made by MakeError.
//
// Messages are shown to whoever sent the request: no tokens, no event content.
#ifndef CAUSEWAY_SERVICES_SHARED_MATRIX_ERRORS_H_
#define CAUSEWAY_SERVICES_SHARED_MATRIX_ERRORS_H_

#include <cstddef>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace causeway::matrix {

struct HttpError {
  int status;
  std::string errcode;
  std::string message;
  std::optional<absl::Duration> retry_after;
};

// How an error is told over HTTP. `status` must not be OK.
//
// UNAUTHENTICATED without an errcode is a fault between our own services and
// becomes 503: clients log out for good on M_UNKNOWN_TOKEN. A code without a
// row becomes 500. The messages of both stay unsent.
HttpError ToHttpError(const absl::Status& status);

// The Matrix error object: `{"errcode": ..., "error": ...}`, and
// `retry_after_ms` if the error says so. Always valid JSON.
std::string ErrorBody(const HttpError& error);

// An error of `code` that carries `errcode`. For functions that name an error.
absl::Status MakeError(absl::StatusCode code, absl::string_view errcode,
                       absl::string_view message);

// 400. The request's body.
absl::Status NotJson(size_t byte_offset, absl::string_view why);
absl::Status BadJson(absl::string_view field, absl::string_view why);
absl::Status MissingParam(absl::string_view field);
absl::Status InvalidParam(absl::string_view field, absl::string_view why);
// 413. `what` as in "the event"; `bytes_max` is the bound that it exceeds.
absl::Status TooLarge(absl::string_view what, size_t bytes_max);

// 400. Names that are taken or not allowed.
absl::Status InvalidUsername(absl::string_view localpart,
                             absl::string_view why);
absl::Status UserInUse(absl::string_view user_id);
absl::Status RoomInUse(absl::string_view alias);  // createRoom's alias.
// A person, or another application service, wants an ID that is reserved.
absl::Status IdReserved(absl::string_view id);
// An application service wants an ID outside its namespaces.
absl::Status IdOutsideNamespaces(absl::string_view id);
// A registration wants a namespace that overlaps another's exclusive one.
absl::Status NamespaceTaken(absl::string_view regex, absl::string_view owner);
// 409. PUT /directory/room/{alias}.
absl::Status AliasExists(absl::string_view alias);

// 401, of the client's own token. Never for a passing fault.
absl::Status MissingToken();
absl::Status UnknownToken();
// 403.
absl::Status Forbidden(absl::string_view why);
// 404. `what` as in `room "!x:d"`.
absl::Status NotFound(absl::string_view what);
// 429. `retry_after` goes to the client.
absl::Status LimitExceeded(absl::string_view why, absl::Duration retry_after);

// 408. An application service did not answer a query in time.
absl::Status QueryTimedOut(absl::string_view id);

// The ping endpoint's own: 400, 502, 502, 504.
// Source:
// https://spec.matrix.org/v1.17/client-server-api/#post_matrixclientv1appserviceappserviceidping
absl::Status PingUrlNotSet();
absl::Status PingConnectionFailed(absl::string_view why);
absl::Status PingBadStatus(int http_status);
absl::Status PingTimedOut();

// Errors that exist at the HTTP edge alone: 404, 405, 431.
HttpError UnknownRoute(absl::string_view path);
HttpError MethodNotAllowed(absl::string_view method);
HttpError HeadersTooLarge(size_t bytes_max);

}  // namespace causeway::matrix

#endif  // CAUSEWAY_SERVICES_SHARED_MATRIX_ERRORS_H_
