#include "services/gateway/http/request_parser.h"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "services/gateway/http/http_errors.h"
#include "services/shared/server/call_context.h"
#include "services/shared/server/trace_context.h"

namespace causeway::gateway {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;

absl::string_view View(beast::string_view text) {
  return {text.data(), text.size()};
}

// What in the bytes displeased Beast.
absl::string_view Describe(http::error error) {
  switch (error) {
    case http::error::bad_method:
      return "the method isn't a token";
    case http::error::bad_target:
      return "the target of the request line is empty or has control bytes";
    case http::error::bad_version:
      return "the request line must end in HTTP/1.0 or HTTP/1.1";
    case http::error::bad_line_ending:
      return "lines must end in CR LF";
    case http::error::bad_field:
      return "the name of a header isn't a token";
    case http::error::bad_value:
    case http::error::bad_obs_fold:
      return "the value of a header has control bytes";
    case http::error::bad_content_length:
    case http::error::multiple_content_length:
      return "Content-Length must be one number, without Transfer-Encoding";
    case http::error::bad_transfer_encoding:
      return "Transfer-Encoding must stand alone, without Content-Length";
    case http::error::bad_chunk:
    case http::error::bad_chunk_extension:
      return "a chunk of the body is malformed";
    default:
      return "it isn't HTTP/1.1";
  }
}

// " 203.0.113.7, 10.0.0.1" -> "10.0.0.1": the one that the nearest proxy adds;
// those before it are what the client says.
absl::string_view LastOfList(absl::string_view list) {
  const size_t comma = list.rfind(',');
  if (comma != absl::string_view::npos) list.remove_prefix(comma + 1);
  return absl::StripAsciiWhitespace(list);
}

}  // namespace

// Beast splits lines, fields and chunks; this keeps what a request needs.
class RequestParser::Grammar final : public http::basic_parser<true> {
 public:
  explicit Grammar(const HttpLimits& limits) : limits_(limits) {
    // Put() keeps this limit: Beast's own forgets what it has passed.
    header_limit(std::numeric_limits<uint32_t>::max());
    body_limit(body_bytes_max_);
  }

  // Turns Beast's error into the answer, unless there is one already.
  void Reject(error_code error) {
    if (failure.has_value()) return;
    if (error == http::error::body_limit) {
      failure = BodyTooLarge(body_bytes_max_);
    } else if (error == http::error::header_limit) {
      failure = has_request_line ? HeaderTooLarge(limits_.header_bytes_max)
                                 : RequestLineTooLong(limits_.header_bytes_max);
    } else {
      failure =
          MalformedRequest(Describe(static_cast<http::error>(error.value())));
    }
  }

  // Beast would wait for the CR LF that never comes. Looks at each byte of
  // `pending` once, however often it is offered.
  bool HasBareLineFeed(absl::string_view pending) {
    for (; checked_bytes < pending.size(); ++checked_bytes) {
      if (pending[checked_bytes] == '\n' &&
          (checked_bytes == 0 || pending[checked_bytes - 1] != '\r')) {
        return true;
      }
    }
    return false;
  }

  bool started = false;
  size_t checked_bytes = 0;  // Of what waits for more.
  size_t header_bytes = 0;
  bool has_request_line = false;
  bool is_http_1_0 = false;
  bool expects_continue = false;
  HttpRequest request;
  std::optional<HttpResponse> failure;

 private:
  void on_request_impl(http::verb, beast::string_view method,
                       beast::string_view target, int version,
                       error_code& error) override {
    if (method.size() + target.size() > limits_.header_bytes_max) {
      return Fail(RequestLineTooLong(limits_.header_bytes_max), error);
    }
    has_request_line = true;
    is_http_1_0 = version == 10;
    request.method = std::string(method);
    request.target = std::string(target);
    if (limits_.upload_budget != nullptr && request.method == "POST" &&
        absl::StartsWith(request.target, kUploadPathPrefix)) {
      request.body_lease =
          std::make_shared<ByteBudget::Lease>(*limits_.upload_budget);
      body_bytes_max_ = limits_.upload_bytes_max;
      body_limit(body_bytes_max_);
    }
  }

  void on_field_impl(http::field name, beast::string_view name_text,
                     beast::string_view value, error_code& error) override {
    if (++header_count_ > limits_.header_count_max) {
      return Fail(TooManyHeaders(limits_.header_count_max), error);
    }
    if (is_header_done()) return;  // A trailer: nothing in it concerns us.
    switch (name) {
      case http::field::host:
        ++host_count_;
        break;
      case http::field::authorization:
        request.authorization = std::string(value);
        break;
      case http::field::content_type:
        request.content_type = std::string(value);
        break;
      case http::field::transfer_encoding:
        is_encoding_known_ = absl::EqualsIgnoreCase(View(value), "chunked");
        has_encoding_ = true;
        break;
      case http::field::expect:
        expect_ = std::string(value);
        break;
      default:
        if (limits_.trusts_forwarded_for &&
            absl::EqualsIgnoreCase(View(name_text), "X-Forwarded-For")) {
          request.client_address = std::string(LastOfList(View(value)));
        }
        if (absl::EqualsIgnoreCase(View(name_text), kRequestIdHeader) &&
            server::IsRequestId(View(value))) {
          request.request_id = std::string(value);
        }
        if (absl::EqualsIgnoreCase(View(name_text), server::kTraceparentKey)) {
          ++traceparent_count_;
          traceparent_ = server::TakeTraceparent(View(value));
        }
    }
  }

  void on_header_impl(error_code& error) override {
    // Of two nobody knows which one is right.
    if (traceparent_count_ == 1 && !traceparent_.empty()) {
      request.request_id = std::move(traceparent_);
    }
    if (!is_http_1_0 && host_count_ != 1) return Fail(HostMissing(), error);
    if (has_encoding_ && is_http_1_0) {
      return Fail(MalformedRequest("HTTP/1.0 has no Transfer-Encoding"), error);
    }
    if (has_encoding_ && !is_encoding_known_) {
      return Fail(TransferEncodingUnknown(), error);
    }
    if (expect_.empty() || is_http_1_0) return;
    if (!absl::EqualsIgnoreCase(expect_, "100-continue")) {
      return Fail(ExpectationUnknown(expect_), error);
    }
    expects_continue = true;
  }

  void on_body_init_impl(const boost::optional<uint64_t>& length,
                         error_code&) override {
    // Not more than has come is believed in advance: lengths cost nothing.
    if (length) request.body.reserve(std::min<size_t>(*length, 64 << 10));
  }

  size_t on_body_impl(beast::string_view body, error_code& error) override {
    const size_t bytes = request.body.size() + body.size();
    // Only what has come counts: lengths cost nothing.
    if (request.body_lease && !request.body_lease->GrowTo(bytes)) {
      Fail(TooManyUploads(limits_.upload_budget->bytes_max()), error);
      return 0;
    }
    request.body.append(body.data(), body.size());
    return body.size();
  }

  size_t on_chunk_body_impl(uint64_t, beast::string_view body,
                            error_code& error) override {
    return on_body_impl(body, error);
  }

  void on_response_impl(int, beast::string_view, int, error_code&) override {}
  void on_chunk_header_impl(uint64_t, beast::string_view,
                            error_code&) override {}
  void on_finish_impl(error_code&) override {}

  void Fail(HttpResponse response, error_code& error) {
    failure = std::move(response);
    error = http::error::bad_value;
  }

  const HttpLimits& limits_;
  size_t body_bytes_max_ = limits_.body_bytes_max;
  int header_count_ = 0;
  int host_count_ = 0;
  bool has_encoding_ = false;
  bool is_encoding_known_ = false;
  std::string expect_;
  int traceparent_count_ = 0;
  std::string traceparent_;  // What was taken of the last.
};

RequestParser::RequestParser(const HttpLimits& limits)
    : limits_(limits), grammar_(std::make_unique<Grammar>(limits)) {}

RequestParser::~RequestParser() = default;

size_t RequestParser::Put(absl::string_view input) {
  size_t taken = 0;
  // Source: https://www.rfc-editor.org/rfc/rfc9112#section-2.2
  // Empty lines before a request are skipped, as some clients send them.
  while (!grammar_->started && absl::StartsWith(input.substr(taken), "\r\n")) {
    taken += 2;
  }
  while (taken < input.size() && state() != State::kDone &&
         state() != State::kFailed) {
    if (!grammar_->started && input.substr(taken) == "\r") break;
    grammar_->started = true;
    const bool in_header = !grammar_->is_header_done();
    const absl::string_view rest = input.substr(taken);
    error_code error;
    const size_t used =
        grammar_->put(boost::asio::buffer(rest.data(), rest.size()), error);
    taken += used;
    if (in_header) grammar_->header_bytes += used;
    const bool needs_more = error == http::error::need_more;
    // What is left over and waits for more is header, or a chunk's first line.
    const absl::string_view pending =
        needs_more ? rest.substr(used) : absl::string_view();
    if (used > 0) grammar_->checked_bytes = 0;
    if (in_header && grammar_->HasBareLineFeed(pending)) {
      error = http::error::bad_line_ending;
    } else if ((in_header ? grammar_->header_bytes : 0) + pending.size() >
               limits_.header_bytes_max) {
      error = http::error::header_limit;
      grammar_->has_request_line |= absl::StrContains(pending, '\n');
    }
    if (error && error != http::error::need_more) grammar_->Reject(error);
    if (error) break;
  }
  return taken;
}

RequestParser::State RequestParser::state() const {
  if (grammar_->failure.has_value()) return State::kFailed;
  if (!grammar_->started) return State::kEmpty;
  if (!grammar_->is_header_done()) return State::kHeader;
  return grammar_->is_done() ? State::kDone : State::kBody;
}

bool RequestParser::expects_continue() const {
  return grammar_->expects_continue;
}

bool RequestParser::keep_alive() const { return grammar_->keep_alive(); }

bool RequestParser::is_http_1_0() const { return grammar_->is_http_1_0; }

HttpRequest RequestParser::TakeRequest() {
  return std::move(grammar_->request);
}

const HttpResponse& RequestParser::error() const { return *grammar_->failure; }

}  // namespace causeway::gateway
