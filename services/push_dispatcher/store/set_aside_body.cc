#include "services/push_dispatcher/store/set_aside_body.h"

#include <lz4.h>

#include <cstddef>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "services/push_dispatcher/core/transaction_body.h"

namespace causeway::push {
namespace {

// More than any body has; what a damaged row could make us allocate.
constexpr int64_t kRawBytesMax = 64 << 20;

// The length of the JSON object that `text` begins with; 0 if it begins with
// none. Every event was checked to be one when it was published.
size_t ObjectLength(absl::string_view text) {
  int depth = 0;
  bool in_string = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      in_string = c != '"';
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      ++depth;
    } else if (c == '}' || c == ']') {
      --depth;
    }
    if (depth == 0) return c == '}' ? i + 1 : 0;
  }
  return 0;
}

absl::Status NotABody() {
  return absl::DataLossError("a quarantined transaction can't be read");
}

// The array that `body` begins with, if it is the one of this name.
bool ConsumeArray(absl::string_view name, absl::string_view& body,
                  std::vector<std::string>& items) {
  if (!absl::ConsumePrefix(&body, name)) return false;
  if (absl::ConsumePrefix(&body, "]")) return true;
  do {
    const size_t length = ObjectLength(body);
    if (length == 0) return false;
    items.emplace_back(body.substr(0, length));
    body.remove_prefix(length);
  } while (absl::ConsumePrefix(&body, ","));
  return absl::ConsumePrefix(&body, "]");
}

// An array that stands there under two names, if it does.
bool ConsumeArrays(absl::string_view name, absl::string_view old_name,
                   absl::string_view& body, std::vector<std::string>& items) {
  if (!absl::StartsWith(body, absl::StrCat(",", name))) return true;
  std::vector<std::string> again;
  return absl::ConsumePrefix(&body, ",") && ConsumeArray(name, body, items) &&
         absl::ConsumePrefix(&body, ",") &&
         ConsumeArray(old_name, body, again) && again == items;
}

}  // namespace

std::string CompressBody(absl::string_view body) {
  const int raw_bytes = static_cast<int>(body.size());
  std::string block(static_cast<size_t>(LZ4_compressBound(raw_bytes)), '\0');
  block.resize(static_cast<size_t>(LZ4_compress_default(
      body.data(), block.data(), raw_bytes, static_cast<int>(block.size()))));
  return block;
}

absl::StatusOr<std::string> DecompressBody(absl::string_view block,
                                           int64_t raw_bytes) {
  if (raw_bytes < 0 || raw_bytes > kRawBytesMax) {
    return absl::DataLossError("a transaction's size makes no sense");
  }
  std::string body(static_cast<size_t>(raw_bytes), '\0');
  if (LZ4_decompress_safe(block.data(), body.data(),
                          static_cast<int>(block.size()),
                          static_cast<int>(raw_bytes)) != raw_bytes) {
    return absl::DataLossError(
        "a transaction's bytes don't decompress to their size");
  }
  return body;
}

absl::StatusOr<BodyEvents> EventsOfBody(int32_t format,
                                        absl::string_view body) {
  if (format < kEventsBodyFormat || format > kBodyFormat ||
      !absl::ConsumePrefix(&body, "{")) {
    return NotABody();
  }
  std::vector<std::string> events;
  std::vector<std::string> ephemeral;  // Of no use any more.
  std::vector<std::string> messages;
  if (!ConsumeArray(kEventsArray, body, events)) return NotABody();
  if (format == kBodyFormat) {
    if (!ConsumeArrays(kEphemeralArray, kOldEphemeralArray, body, ephemeral) ||
        !ConsumeArrays(kToDeviceArray, kOldToDeviceArray, body, messages)) {
      return NotABody();
    }
  }
  if (body != "}" || (events.empty() && messages.empty())) return NotABody();
  BodyEvents result;
  result.events = std::move(events);
  for (std::string& message : messages) {
    result.to_device.Add(result.events.size());
    result.events.push_back(std::move(message));
  }
  return result;
}

}  // namespace causeway::push
