// Goal: whatever bytes come, the edge neither crashes nor sees other requests
// because of how the network has cut them. Method: parse the input in one piece
// and in pieces, take the targets apart, look for their routes.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "services/gateway/http/http_limits.h"
#include "services/gateway/http/http_message.h"
#include "services/gateway/http/request_parser.h"
#include "services/gateway/http/request_target.h"
#include "services/gateway/http/router.h"
#include "services/shared/matrix/utf8.h"
#include "tests/fuzz/require.h"

namespace {

using causeway::fuzz::Require;
using causeway::gateway::HttpLimits;
using causeway::gateway::HttpRequest;
using causeway::gateway::RequestParser;
using causeway::gateway::RequestTarget;
using causeway::gateway::RoutePattern;
using causeway::gateway::Router;
using causeway::matrix::IsValidUtf8;

// Small, so that short inputs reach them.
constexpr HttpLimits kLimits = {
    .header_bytes_max = 256, .header_count_max = 8, .body_bytes_max = 64};

// All requests in `bytes`, which come `piece_bytes` at a time.
std::vector<HttpRequest> Parse(absl::string_view bytes, size_t piece_bytes) {
  std::vector<HttpRequest> requests;
  std::string unread;
  auto parser = std::make_unique<RequestParser>(kLimits);
  bool is_failed = false;
  while (!bytes.empty() && !is_failed) {
    unread += std::string(bytes.substr(0, piece_bytes));
    bytes.remove_prefix(std::min(bytes.size(), piece_bytes));
    for (;;) {
      unread.erase(0, parser->Put(unread));
      if (parser->state() != RequestParser::State::kDone) break;
      Require(unread.size() <= piece_bytes + kLimits.header_bytes_max,
              "what waits is bounded");
      requests.push_back(parser->TakeRequest());
      Require(requests.back().body.size() <= kLimits.body_bytes_max,
              "bodies are within their limit");
      parser = std::make_unique<RequestParser>(kLimits);
    }
    is_failed = parser->state() == RequestParser::State::kFailed;
    if (is_failed) {
      Require(parser->error().status >= 400, "failures have an answer");
      Require(IsValidUtf8(parser->error().body), "answers are UTF-8");
    }
  }
  return requests;
}

const Router& TheRouter() {
  static const auto* const router = new Router(std::vector<RoutePattern>{
      {"POST", "/register", {}},
      {"GET", "/m/{version}/rooms/{room_id}/state", {"v3", "api/v1"}},
      {"PUT", "/m/{version}/rooms/{room_id}/state/{type}/{key?}", {"v3"}},
      {"GET", "/m/{version}/rooms/known/{what}", {"v3"}},
  });
  return *router;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const size_t piece_bytes = 1 + data[0] % 32;
  const absl::string_view bytes(reinterpret_cast<const char*>(data) + 1,
                                size - 1);
  const std::vector<HttpRequest> whole = Parse(bytes, bytes.size() + 1);
  const std::vector<HttpRequest> pieces = Parse(bytes, piece_bytes);
  Require(whole.size() == pieces.size(), "pieces make the same requests");
  for (size_t i = 0; i < whole.size(); ++i) {
    Require(whole[i].method == pieces[i].method &&
                whole[i].target == pieces[i].target &&
                whole[i].authorization == pieces[i].authorization &&
                whole[i].body == pieces[i].body,
            "pieces make the same requests");
    const absl::StatusOr<RequestTarget> target =
        causeway::gateway::ParseRequestTarget(whole[i].target);
    if (!target.ok()) {
      Require(IsValidUtf8(target.status().message()), "messages are UTF-8");
      continue;
    }
    for (const std::string& segment : target->segments) {
      Require(IsValidUtf8(segment), "segments are UTF-8");
    }
    (void)TheRouter().Find(whole[i].method, target->segments);
  }
  return 0;
}
