#include "services/shared/appservice_client/http_exchange.h"

#include <curl/curl.h>
#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <ctime>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "services/shared/appservice_client/address_policy.h"
#include "services/shared/appservice_client/answer_budget.h"
#include "services/shared/appservice_client/appservice_client.h"
#include "services/shared/appservice_client/failed_step.h"
#include "services/shared/appservice_client/routes.h"
#include "services/shared/appservice_client/transaction_trace.h"
#include "services/shared/matrix/percent_encoding.h"
#include "services/shared/server/trace_context.h"

namespace causeway::appservice_client {
namespace {

// What curl takes at least, and what one request may cost us at most.
constexpr size_t kUploadBufferBytesMin = 16 << 10;
constexpr size_t kUploadBufferBytesMax = 256 << 10;

// How long a file of certificates may be out of date here.
constexpr long kCertificatesKeptSeconds = 60;  // NOLINT: curl's type.

// The number of requests bounds what shorter ones take.
constexpr size_t kBudgetedFromBytes = kLookUpAnswerBytesMax;

// Empty when the application service has none.
std::string OwnCaFile(absl::string_view directory, absl::string_view id) {
  if (directory.empty() || id.empty()) return "";
  std::string path =
      absl::StrCat(directory, "/", matrix::EncodeUriComponent(id), ".pem");
  return access(path.c_str(), F_OK) == 0 ? path : "";
}

// curl takes 0 for "no limit".
long ToCurlMilliseconds(absl::Duration duration) {  // NOLINT: curl's type.
  constexpr absl::Duration kMax = absl::Hours(24);
  return std::max<long>(  // NOLINT: as above.
      1, absl::ToInt64Milliseconds(std::min(duration, kMax)));
}

// Empty for a request without an ID.
std::string Traceparent(const AppserviceRequest& request) {
  if (request.route != Route::kTransactions) {
    return server::MakeTraceparent(request.request_id);
  }
  return server::MakeTraceparent(
      TransactionTraceId(request.appservice_uid, request.id));
}

// Empty when it isn't an IP address.
std::string ToText(const curl_sockaddr& address) {
  if (address.family != AF_INET && address.family != AF_INET6) return "";
  char text[NI_MAXHOST] = "";
  const int error = getnameinfo(&address.addr, address.addrlen, text,
                                sizeof(text), nullptr, 0, NI_NUMERICHOST);
  return error == 0 ? text : "";
}

}  // namespace

HttpExchange::HttpExchange(const Options& options, CurlHandles::Handle handle,
                           const AppserviceRequest& request,
                           const Target& target, absl::Duration timeout)
    : request_(request),
      private_addresses_allowed_(options.private_addresses_allowed &&
                                 request.private_addresses_allowed),
      answer_budget_(options.answer_budget),
      handle_(std::move(handle)) {
  SetRequest(options, target);
  SetLimits(options, timeout);
  SetTrust(options);
}

HttpExchange::~HttpExchange() {
  // Nothing of ours may be known to curl when the headers go.
  curl_easy_setopt(handle(), CURLOPT_HTTPHEADER, nullptr);
  curl_slist_free_all(headers_);
}

void HttpExchange::SetRequest(const Options& options, const Target& target) {
  curl_easy_setopt(handle(), CURLOPT_URL, target.url.c_str());
  // The path is percent-encoded already; "/../" in a URL is the operator's.
  curl_easy_setopt(handle(), CURLOPT_PATH_AS_IS, 1L);
  // HTTP/2 where TLS offers it, HTTP/1.1 else.
  curl_easy_setopt(handle(), CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_2TLS);
  curl_easy_setopt(handle(), CURLOPT_USERAGENT, options.user_agent.c_str());
  if (!target.authorization.empty()) {
    AddHeader("Authorization", target.authorization);
  }
  if (!request_.request_id.empty() &&
      std::all_of(request_.request_id.begin(), request_.request_id.end(),
                  absl::ascii_isgraph)) {
    AddHeader("X-Request-Id", request_.request_id);
  }
  if (const std::string traceparent = Traceparent(request_);
      !traceparent.empty()) {
    AddHeader(server::kTraceparentKey, traceparent);
  }
  const absl::string_view method = Method(request_.route);
  if (method != "GET") {
    AddHeader("Content-Type", "application/json");
    AddHeader("Expect", "");  // Means: don't send it. It costs a round trip.
    curl_easy_setopt(handle(), CURLOPT_POST, 1L);
    curl_easy_setopt(handle(), CURLOPT_CUSTOMREQUEST,
                     std::string(method).c_str());
    // Not copied: `request_` holds it for as long as this lives.
    const absl::string_view body =
        request_.body == nullptr ? "" : absl::string_view(*request_.body);
    curl_easy_setopt(handle(), CURLOPT_POSTFIELDSIZE_LARGE,
                     static_cast<curl_off_t>(body.size()));
    curl_easy_setopt(handle(), CURLOPT_POSTFIELDS, body.data());
    // So that it goes out with one call: with curl's default a body of 70 KB
    // takes another turn of the loop.
    curl_easy_setopt(handle(), CURLOPT_UPLOAD_BUFFERSIZE,
                     static_cast<long>(  // NOLINT: curl's type.
                         std::clamp(body.size(), kUploadBufferBytesMin,
                                    kUploadBufferBytesMax)));
  }
  curl_easy_setopt(handle(), CURLOPT_HTTPHEADER, headers_);
}

void HttpExchange::SetLimits(const Options& options, absl::Duration timeout) {
  curl_easy_setopt(handle(), CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(handle(), CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(handle(), CURLOPT_NOPROXY, "*");
  curl_easy_setopt(handle(), CURLOPT_NOSIGNAL, 1L);
  // Else a name look-up that hangs holds up all transfers when this one ends.
  curl_easy_setopt(handle(), CURLOPT_QUICK_EXIT, 1L);
  curl_easy_setopt(handle(), CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(handle(), CURLOPT_TIMEOUT_MS, ToCurlMilliseconds(timeout));
  curl_easy_setopt(
      handle(), CURLOPT_CONNECTTIMEOUT_MS,
      ToCurlMilliseconds(std::min(timeout, options.connect_timeout)));
  curl_easy_setopt(handle(), CURLOPT_ERRORBUFFER, error_text_);
  curl_easy_setopt(handle(), CURLOPT_WRITEFUNCTION, &OnBody);
  curl_easy_setopt(handle(), CURLOPT_WRITEDATA, this);
  curl_easy_setopt(handle(), CURLOPT_HEADERFUNCTION, &OnHeader);
  curl_easy_setopt(handle(), CURLOPT_HEADERDATA, this);
  // A new connection asks the first; one that is used again, which perhaps was
  // opened for a request that may go further, the second.
  curl_easy_setopt(handle(), CURLOPT_OPENSOCKETFUNCTION, &OnOpenSocket);
  curl_easy_setopt(handle(), CURLOPT_OPENSOCKETDATA, this);
  curl_easy_setopt(handle(), CURLOPT_PREREQFUNCTION, &OnConnected);
  curl_easy_setopt(handle(), CURLOPT_PREREQDATA, this);
}

// curl takes up a connection again only where it was made with the same trust.
void HttpExchange::SetTrust(const Options& options) {
  const std::string own =
      absl::StartsWithIgnoreCase(request_.url, "https")
          ? OwnCaFile(options.ca_directory, request_.appservice_id)
          : "";
  const std::string& ca_file = own.empty() ? options.ca_file : own;
  if (!ca_file.empty()) {
    curl_easy_setopt(handle(), CURLOPT_CAINFO, ca_file.c_str());
    curl_easy_setopt(handle(), CURLOPT_CAPATH, nullptr);
  }
  curl_easy_setopt(handle(), CURLOPT_CA_CACHE_TIMEOUT,
                   kCertificatesKeptSeconds);
}

void HttpExchange::AddHeader(absl::string_view name, absl::string_view value) {
  // "Name:" without a value is how curl is told to leave a header out.
  headers_ = curl_slist_append(
      headers_,
      absl::StrCat(name, ":", value.empty() ? "" : " ", value).c_str());
}

absl::StatusOr<AppserviceResponse> HttpExchange::Finish(CURLcode result) {
  const int http_status = HttpStatus();
  // curl takes a head that breaks off for a whole one, as it does a 100.
  const bool has_head = is_head_complete_ && http_status >= 200;
  const bool is_whole = result == CURLE_OK || (is_body_cut_ && MayBeCut());
  if (has_head && is_whole) {
    response_.http_status = http_status;
    response_.budget_share = std::move(budget_share_);
    curl_off_t retry_after_seconds = 0;
    curl_easy_getinfo(handle(), CURLINFO_RETRY_AFTER, &retry_after_seconds);
    response_.retry_after = absl::Seconds(retry_after_seconds);
    return std::move(response_);
  }
  if (is_body_cut_) {
    return MakeStatus(
        absl::StatusCode::kOutOfRange,
        absl::StrCat("its answer has more than ", AnswerBytesMax(), " bytes"),
        Step::kAnswer);
  }
  if (has_no_room_) {
    return MakeStatus(absl::StatusCode::kResourceExhausted,
                      "too many long answers are held", Step::kAnswer);
  }
  if (!refused_address_.empty()) {
    return MakeStatus(
        absl::StatusCode::kPermissionDenied,
        absl::StrCat("the address ", refused_address_, " is not allowed"),
        Step::kAddress);
  }
  if (result == CURLE_OPERATION_TIMEDOUT) {
    return MakeStatus(
        absl::StatusCode::kDeadlineExceeded,
        is_connected_ ? "no answer in time" : "no connection in time",
        StepOf(result));
  }
  if (result == CURLE_OK) {
    return MakeStatus(absl::StatusCode::kUnavailable,
                      "the connection broke within the answer's head",
                      Step::kAnswer);
  }
  return MakeStatus(
      absl::StatusCode::kUnavailable,
      error_text_[0] != '\0' ? error_text_ : curl_easy_strerror(result),
      StepOf(result));
}

Step HttpExchange::StepOf(CURLcode result) const {
  switch (result) {
    case CURLE_COULDNT_RESOLVE_HOST:
      return Step::kName;
    case CURLE_COULDNT_CONNECT:
      return Step::kConnection;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_ISSUER_ERROR:
      return Step::kTls;
    default:
      break;
  }
  if (is_connected_) return Step::kAnswer;
  curl_off_t microseconds = 0;
  curl_easy_getinfo(handle(), CURLINFO_NAMELOOKUP_TIME_T, &microseconds);
  // Of a TLS handshake that hangs curl tells no more than of a connection.
  return microseconds == 0 ? Step::kName : Step::kConnection;
}

absl::Status HttpExchange::MakeStatus(absl::StatusCode code,
                                      absl::string_view why, Step step) const {
  absl::Status status(
      code, absl::StrCat("application service at ", request_.url, ": ", why));
  SetFailedStep(status, step);
  return status;
}

void HttpExchange::NoteDate(absl::string_view line) {
  if (!absl::ConsumePrefix(&line, "Date:") &&
      !absl::ConsumePrefix(&line, "date:")) {
    return;
  }
  const time_t seconds =
      curl_getdate(std::string(absl::StripAsciiWhitespace(line)).c_str(),
                   /*unused=*/nullptr);
  if (seconds >= 0) response_.date = absl::FromTimeT(seconds);
}

bool HttpExchange::IsAllowed(absl::string_view address) {
  const AddressClass address_class = Classify(address);
  if (address_class == AddressClass::kPublic ||
      (address_class == AddressClass::kPrivate && private_addresses_allowed_)) {
    return true;
  }
  refused_address_ = std::string(address);
  return false;
}

int HttpExchange::HttpStatus() const {
  long http_status = 0;  // NOLINT: curl's type.
  curl_easy_getinfo(handle(), CURLINFO_RESPONSE_CODE, &http_status);
  return static_cast<int>(http_status);
}

bool HttpExchange::MayBeCut() const {
  const int http_status = HttpStatus();
  if (http_status < 200 || http_status >= 300) return true;
  switch (request_.route) {
    case Route::kTransactions:
    case Route::kPing:
      return true;
    case Route::kUsers:
    case Route::kRooms:
      return request_.dialect == Dialect::kV1;  // It has no content there.
    default:
      return false;
  }
}

size_t HttpExchange::AnswerBytesMax() const {
  if (MayBeCut()) return kOtherAnswerBytesMax;
  if (request_.route == Route::kRooms) return kRoomAnswerBytesMax;
  return request_.route == Route::kUsers ? kUserAnswerBytesMax
                                         : kLookUpAnswerBytesMax;
}

bool HttpExchange::TakeRoom(size_t bytes) {
  if (response_.body.size() + bytes <= kBudgetedFromBytes) return true;
  if (budget_share_ == nullptr) {
    budget_share_ = std::make_shared<AnswerBudget::Share>(
        answer_budget_, request_.appservice_uid);
  }
  return budget_share_->Grow(bytes);
}

size_t HttpExchange::OnBody(char* data, size_t size, size_t count, void* self) {
  auto& exchange = *static_cast<HttpExchange*>(self);
  std::string& body = exchange.response_.body;
  const size_t room = exchange.AnswerBytesMax() - body.size();
  const size_t byte_count = size * count;
  const size_t taken = std::min(room, byte_count);
  if (!exchange.TakeRoom(taken)) {
    exchange.has_no_room_ = true;
    return 0;  // Ends the transfer.
  }
  body.append(data, taken);
  if (byte_count <= room) return byte_count;
  exchange.is_body_cut_ = true;
  return 0;  // Ends the transfer.
}

// Called for every line: status lines, fields, the empty one at a head's end;
// and once more for the fields that may follow a chunked body.
size_t HttpExchange::OnHeader(char* data, size_t size, size_t count,
                              void* self) {
  auto& exchange = *static_cast<HttpExchange*>(self);
  const absl::string_view line(data, size * count);
  if (absl::StartsWith(line, "HTTP/")) {
    exchange.is_head_complete_ = false;
  } else if (line == "\r\n" || line == "\n") {
    exchange.is_head_complete_ = true;
  } else if (exchange.request_.route != Route::kTransactions) {
    exchange.NoteDate(line);  // Of many transactions nobody wants to know.
  }
  exchange.header_bytes_ += line.size();
  return exchange.header_bytes_ <= kAnswerHeaderBytesMax ? line.size() : 0;
}

curl_socket_t HttpExchange::OnOpenSocket(void* self, curlsocktype,
                                         curl_sockaddr* address) {
  auto& exchange = *static_cast<HttpExchange*>(self);
  if (!exchange.IsAllowed(ToText(*address))) return CURL_SOCKET_BAD;
  return socket(address->family, address->socktype | SOCK_CLOEXEC,
                address->protocol);
}

int HttpExchange::OnConnected(void* self, char* remote_ip, char*, int, int) {
  auto& exchange = *static_cast<HttpExchange*>(self);
  if (!exchange.IsAllowed(remote_ip)) return CURL_PREREQFUNC_ABORT;
  exchange.is_connected_ = true;
  return CURL_PREREQFUNC_OK;
}

}  // namespace causeway::appservice_client
