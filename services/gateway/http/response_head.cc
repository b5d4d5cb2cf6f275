#include "services/gateway/http/response_head.h"

#include <boost/beast/http/status.hpp>

#include "absl/strings/str_cat.h"

namespace causeway::gateway {
namespace {

constexpr char kFixedHeaders[] =
    "Access-Control-Allow-Origin: *\r\n"
    "Access-Control-Allow-Methods: GET, POST, PUT, DELETE, OPTIONS\r\n"
    "Access-Control-Allow-Headers: "
    "X-Requested-With, Content-Type, Authorization\r\n";

absl::string_view Reason(int status) {
  const boost::beast::string_view reason = boost::beast::http::obsolete_reason(
      boost::beast::http::int_to_status(static_cast<unsigned>(status)));
  return {reason.data(), reason.size()};
}

}  // namespace

std::string ResponseHead(const HttpResponse& response,
                         const ResponseFraming& framing) {
  std::string head = absl::StrCat(
      "HTTP/1.1 ", response.status, " ", Reason(response.status), "\r\nDate: ",
      absl::FormatTime("%a, %d %b %E4Y %H:%M:%S GMT", framing.date,
                       absl::UTCTimeZone()),
      "\r\nContent-Type: ", response.content_type, "\r\n", kFixedHeaders,
      "Content-Length: ", response.body.size(), "\r\n");
  if (!framing.request_id.empty()) {
    absl::StrAppend(&head, kRequestIdHeader, ": ", framing.request_id, "\r\n");
  }
  for (const auto& [name, value] : response.headers) {
    absl::StrAppend(&head, name, ": ", value, "\r\n");
  }
  if (framing.is_last) {
    absl::StrAppend(&head, "Connection: close\r\n");
  } else if (framing.is_http_1_0) {
    absl::StrAppend(&head, "Connection: keep-alive\r\n");
  }
  absl::StrAppend(&head, "\r\n");
  return head;
}

}  // namespace causeway::gateway
