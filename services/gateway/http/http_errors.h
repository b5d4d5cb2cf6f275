// Every refusal that the HTTP edge gives before a handler has seen the request.

#ifndef CAUSEWAY_SERVICES_GATEWAY_HTTP_HTTP_ERRORS_H_
#define CAUSEWAY_SERVICES_GATEWAY_HTTP_HTTP_ERRORS_H_

#include <cstddef>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "services/gateway/http/http_message.h"
#include "services/shared/matrix/errors.h"

namespace causeway::gateway {

// The answer that tells an error, its body {"errcode", "error"}.
// Source: https://spec.matrix.org/v1.17/client-server-api/#standard-error-response
HttpResponse ErrorResponse(const matrix::HttpError& error);
// The same by ToHttpError(). `status` must not be OK.
HttpResponse ErrorResponse(const absl::Status& status);

// 400: the bytes aren't HTTP/1.0 or HTTP/1.1; `what` says where.
HttpResponse MalformedRequest(absl::string_view what);
HttpResponse HostMissing();      // 400, HTTP/1.1 without exactly one Host.
HttpResponse RequestCutShort();  // 400, the client ended in its middle.
HttpResponse HeaderTimedOut(absl::Duration header_timeout);  // 408
HttpResponse BodyTimedOut(absl::Duration body_timeout);      // 408
HttpResponse BodyTooLarge(size_t body_bytes_max);            // 413
HttpResponse RequestLineTooLong(size_t header_bytes_max);    // 414
HttpResponse ExpectationUnknown(absl::string_view expect);   // 417
// 429: uploads take all the memory that they may.
HttpResponse TooManyUploads(size_t bytes_max);
HttpResponse HeaderTooLarge(size_t header_bytes_max);      // 431
HttpResponse TooManyHeaders(int header_count_max);         // 431
HttpResponse HandlerFailed();                              // 500
HttpResponse TransferEncodingUnknown();                    // 501
HttpResponse TooManyConnections(int connections_max);      // 503
HttpResponse TooManyRequests(int requests_in_flight_max);  // 503

}  // namespace causeway::gateway

#endif  // CAUSEWAY_SERVICES_GATEWAY_HTTP_HTTP_ERRORS_H_
