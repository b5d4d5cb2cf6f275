#include "tests/bench/push/transaction_reader.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "services/shared/status/status_macros.h"

namespace causeway::bench {
namespace {

constexpr absl::string_view kHeadEnd = "\r\n\r\n";
constexpr size_t kHeadPieceBytes = 1024;
constexpr size_t kHeadBytesMax = 16 << 10;
constexpr absl::string_view kBodyStart = R"({"events":[)";
constexpr absl::string_view kBodyEnd = "]}";
constexpr absl::string_view kLength = "content-length:";

// Copies to `out` what `piece`, which lies at `piece_at` of a body, has of the
// `size` bytes at `at`.
void CopyOverlap(absl::string_view piece, size_t piece_at, size_t at,
                 size_t size, char* out) {
  const size_t begin = std::max(piece_at, at);
  const size_t end = std::min(piece_at + piece.size(), at + size);
  if (begin >= end) return;
  std::memcpy(out + (begin - at), piece.data() + (begin - piece_at),
              end - begin);
}

bool ParseNumber(absl::string_view event_head, int64_t& number) {
  return absl::ConsumePrefix(&event_head, kEventStart) &&
         absl::SimpleAtoi(event_head, &number);
}

}  // namespace

absl::StatusOr<bool> TransactionReader::Read(absl::string_view& data) {
  while (!in_body_) {
    if (data.empty()) return false;
    CAUSEWAY_RETURN_IF_ERROR(ReadHead(data));
  }
  const absl::string_view piece = data.substr(0, body_bytes_ - body_read_);
  TakeBody(piece);
  data.remove_prefix(piece.size());
  if (body_read_ < body_bytes_) return false;
  in_body_ = false;
  CAUSEWAY_RETURN_IF_ERROR(ParseBody());
  return true;
}

absl::Status TransactionReader::ReadHead(absl::string_view& data) {
  const size_t known = head_.size();
  const size_t taken = std::min(data.size(), kHeadPieceBytes);
  head_.append(data.data(), taken);
  // The mark may have begun in the last piece.
  const size_t from = known < kHeadEnd.size() ? 0 : known - kHeadEnd.size();
  const size_t mark = head_.find(kHeadEnd.data(), from, kHeadEnd.size());
  if (mark == std::string::npos) {
    data.remove_prefix(taken);
    if (head_.size() < kHeadBytesMax) return absl::OkStatus();
    return absl::InvalidArgumentError("a request's head doesn't end");
  }
  data.remove_prefix(mark + kHeadEnd.size() - known);
  head_.resize(mark);
  CAUSEWAY_RETURN_IF_ERROR(ParseHead());
  head_.clear();
  in_body_ = true;
  body_read_ = 0;
  return absl::OkStatus();
}

absl::Status TransactionReader::ParseHead() {
  const absl::string_view head(head_);
  const absl::string_view line = head.substr(0, head.find("\r\n"));
  const std::vector<absl::string_view> words = absl::StrSplit(line, ' ');
  const std::vector<absl::string_view> path =
      absl::StrSplit(words.size() == 3 ? words[1] : "", '/');
  const bool is_transaction =
      words[0] == "PUT" && path.size() >= 4 && path[0].empty() &&
      path[path.size() - 2] == "transactions" &&
      absl::SimpleAtoi(path[1], &transaction_.appservice);
  if (!is_transaction) {
    return absl::InvalidArgumentError(absl::StrCat("got ", line));
  }
  for (absl::string_view field : absl::StrSplit(head, "\r\n")) {
    if (!absl::StartsWithIgnoreCase(field, kLength)) continue;
    if (absl::SimpleAtoi(field.substr(kLength.size()), &body_bytes_)) {
      return absl::OkStatus();
    }
  }
  return absl::InvalidArgumentError("a request without Content-Length");
}

void TransactionReader::TakeBody(absl::string_view piece) {
  CopyOverlap(piece, body_read_, kBodyStart.size(), kEventHeadBytes, first_);
  const size_t from_end = kEventBytes + kBodyEnd.size();
  if (body_bytes_ >= from_end) {
    CopyOverlap(piece, body_read_, body_bytes_ - from_end, kEventHeadBytes,
                last_);
  }
  body_read_ += piece.size();
}

absl::Status TransactionReader::ParseBody() {
  // One comma for each event, but for one.
  const size_t frame = kBodyStart.size() + kBodyEnd.size() - 1;
  const bool is_whole =
      body_bytes_ > frame && (body_bytes_ - frame) % (kEventBytes + 1) == 0 &&
      ParseNumber({first_, kEventHeadBytes}, transaction_.first) &&
      ParseNumber({last_, kEventHeadBytes}, transaction_.last);
  if (!is_whole) {
    return absl::InvalidArgumentError(
        absl::StrCat("a body of ", body_bytes_,
                     " bytes that isn't a row of the events published"));
  }
  transaction_.event_count =
      static_cast<int64_t>((body_bytes_ - frame) / (kEventBytes + 1));
  return absl::OkStatus();
}

}  // namespace causeway::bench
