#include "tests/bench/surface/message_reader.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "services/shared/status/status_macros.h"

namespace causeway::bench {
namespace {

constexpr absl::string_view kHeadEnd = "\r\n\r\n";
constexpr size_t kHeadBytesMax = 16 << 10;
constexpr absl::string_view kLength = "content-length:";

}  // namespace

absl::StatusOr<bool> MessageReader::Read(absl::string_view& data) {
  if (is_complete_) {
    is_complete_ = false;
    body_.clear();
  }
  if (!in_body_) {
    // The mark may have begun in the last piece.
    const size_t known = head_.size();
    const size_t from = known < kHeadEnd.size() ? 0 : known - kHeadEnd.size();
    head_.append(data.data(), data.size());
    const size_t mark = head_.find(kHeadEnd.data(), from, kHeadEnd.size());
    if (mark == std::string::npos) {
      data = {};
      if (head_.size() < kHeadBytesMax) return false;
      return absl::InvalidArgumentError("a message's head doesn't end");
    }
    data.remove_prefix(mark + kHeadEnd.size() - known);
    head_.resize(mark);
    CAUSEWAY_RETURN_IF_ERROR(ParseHead());
    head_.clear();
    in_body_ = true;
  }
  const size_t taken = std::min(data.size(), body_bytes_ - body_.size());
  body_.append(data.data(), taken);
  data.remove_prefix(taken);
  if (body_.size() < body_bytes_) return false;
  in_body_ = false;
  is_complete_ = true;
  return true;
}

absl::Status MessageReader::ParseHead() {
  body_bytes_ = 0;
  bool has_length = false;
  bool is_first = true;
  for (absl::string_view line : absl::StrSplit(head_, "\r\n")) {
    if (is_first) first_line_ = std::string(line);
    is_first = false;
    if (!absl::StartsWithIgnoreCase(line, kLength)) continue;
    has_length = absl::SimpleAtoi(line.substr(kLength.size()), &body_bytes_);
  }
  if (has_length || absl::StartsWith(first_line_, "GET ")) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      absl::StrCat("no Content-Length with ", first_line_));
}

}  // namespace causeway::bench
