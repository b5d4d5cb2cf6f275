#ifndef CAUSEWAY_SERVICES_GATEWAY_HTTP_REQUEST_PARSER_H_
#define CAUSEWAY_SERVICES_GATEWAY_HTTP_REQUEST_PARSER_H_

#include <cstddef>
#include <memory>

#include "absl/strings/string_view.h"
#include "services/gateway/http/http_limits.h"
#include "services/gateway/http/http_message.h"

namespace causeway::gateway {

// Makes one request out of bytes that arrive in pieces of any size, and holds
// it to the limits while it grows. Knows no sockets and no time.
// Source: https://www.rfc-editor.org/rfc/rfc9112
//
// What is doubtful about where a request ends (two lengths, a transfer coding
// that isn't understood) is an error: guessing is how requests are smuggled.
//
// Thread-compatible.
class RequestParser {
 public:
  enum class State {
    kEmpty,   // Nothing of the request has come.
    kHeader,  // Part of its header has.
    kBody,    // The header is complete, the body isn't.
    kDone,    // TakeRequest() may be called, once.
    kFailed,  // error() says why; nobody knows where the next one starts.
  };

  // `limits` must outlive the parser.
  explicit RequestParser(const HttpLimits& limits);
  ~RequestParser();

  // Takes bytes from the front of `input` and returns how many. Offer the rest
  // again with more behind it; once done, it belongs to the next request.
  size_t Put(absl::string_view input);

  State state() const;
  // In kBody: the client waits for "100 Continue" before it sends the body.
  bool expects_continue() const;
  // From kBody on: whether the client wants the connection kept, and whether it
  // has to be told so (HTTP/1.0 closes unless told otherwise).
  bool keep_alive() const;
  bool is_http_1_0() const;

  // In kDone. Fills method, target, authorization, request_id and body. The ID
  // is the traceparent if there is one (server/trace_context.h), whole, else
  // the X-Request-ID; empty if neither is sane.
  HttpRequest TakeRequest();
  // In kFailed: what to answer before closing.
  const HttpResponse& error() const;

 private:
  class Grammar;  // Beast's parser, which this header doesn't drag along.

  const HttpLimits& limits_;
  const std::unique_ptr<Grammar> grammar_;
};

}  // namespace causeway::gateway

#endif  // CAUSEWAY_SERVICES_GATEWAY_HTTP_REQUEST_PARSER_H_
