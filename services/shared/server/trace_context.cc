#include "services/shared/server/trace_context.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "absl/random/random.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "services/shared/matrix/token.h"

namespace causeway::server {
namespace {

// 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01
// ^  ^                                ^                ^
// version, trace ID, parent ID, flags: at these places in every version.
constexpr size_t kVersionDigits = 2;
constexpr size_t kTraceIdAt = 3;
constexpr size_t kTraceIdDigits = 32;
constexpr size_t kParentIdAt = 36;
constexpr size_t kParentIdDigits = 16;
constexpr size_t kFlagsAt = 53;
constexpr size_t kFlagsDigits = 2;
constexpr size_t kSize = 55;

constexpr absl::string_view kVersion = "00";

bool IsHex(absl::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
  });
}

bool IsId(absl::string_view text) {
  return IsHex(text) && text.find_first_not_of('0') != absl::string_view::npos;
}

// Whatever its version is and may have behind them.
bool BeginsWithTheFields(absl::string_view text) {
  return text.size() >= kSize && IsHex(text.substr(0, kVersionDigits)) &&
         !absl::StartsWith(text, "ff") && text[kTraceIdAt - 1] == '-' &&
         IsId(text.substr(kTraceIdAt, kTraceIdDigits)) &&
         text[kParentIdAt - 1] == '-' &&
         IsId(text.substr(kParentIdAt, kParentIdDigits)) &&
         text[kFlagsAt - 1] == '-' &&
         IsHex(text.substr(kFlagsAt, kFlagsDigits));
}

// The one flag that version 00 knows.
bool IsSampled(absl::string_view text) {
  return absl::StrContains("13579bdf", text[kFlagsAt + 1]);
}

}  // namespace

bool IsTraceparent(absl::string_view text) {
  return text.size() == kSize && absl::StartsWith(text, kVersion) &&
         BeginsWithTheFields(text);
}

// Source: https://www.w3.org/TR/trace-context-1/#versioning-of-traceparent
std::string TakeTraceparent(absl::string_view header) {
  if (IsTraceparent(header)) return std::string(header);
  if (absl::StartsWith(header, kVersion) || !BeginsWithTheFields(header) ||
      (header.size() > kSize && header[kSize] != '-')) {
    return "";
  }
  return absl::StrCat(kVersion,
                      header.substr(kVersionDigits, kFlagsAt - kVersionDigits),
                      IsSampled(header) ? "01" : "00");
}

bool NamesTrace(absl::string_view request_id) {
  return (request_id.size() == kTraceIdDigits && IsId(request_id)) ||
         IsTraceparent(request_id);
}

std::string TraceId(absl::string_view request_id) {
  if (IsTraceparent(request_id)) {
    return std::string(request_id.substr(kTraceIdAt, kTraceIdDigits));
  }
  if (request_id.empty() || NamesTrace(request_id)) {
    return std::string(request_id);
  }
  return matrix::Sha256Hex(request_id).substr(0, kTraceIdDigits);
}

std::string MakeTraceparent(absl::string_view request_id) {
  if (IsTraceparent(request_id)) return std::string(request_id);
  const std::string trace_id = TraceId(request_id);
  if (trace_id.empty()) return "";
  absl::InsecureBitGen gen;
  const uint64_t parent_id = absl::Uniform<uint64_t>(
      absl::IntervalClosed, gen, 1, std::numeric_limits<uint64_t>::max());
  // "Sampled": the log has it, and a bridge that records what it is asked to
  // would leave out everything else.
  return absl::StrCat(kVersion, "-", trace_id, "-",
                      absl::Hex(parent_id, absl::kZeroPad16), "-01");
}

}  // namespace causeway::server
