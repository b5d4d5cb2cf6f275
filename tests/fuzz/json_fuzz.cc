// Goal: JSON intake neither crashes nor lets pass what it couldn't write again.
#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "services/shared/matrix/json.h"
#include "services/shared/matrix/utf8.h"
#include "tests/fuzz/require.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using causeway::fuzz::Require;
  using causeway::matrix::IsValidUtf8;
  using causeway::matrix::Json;

  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  const absl::StatusOr<Json> json = causeway::matrix::ParseJson(text);
  if (!json.ok()) {
    Require(IsValidUtf8(json.status().message()), "messages are UTF-8");
    return 0;
  }
  Require(IsValidUtf8(text), "what is JSON is UTF-8");
  const std::string dumped = causeway::matrix::DumpJson(*json);
  const absl::StatusOr<Json> again = causeway::matrix::ParseJson(dumped);
  Require(again.ok() && *again == *json, "it survives being written");
  const absl::Status fault = causeway::matrix::ValidateEventContent(*json);
  Require(IsValidUtf8(fault.message()), "messages are UTF-8");
  if (!json->is_object()) return 0;
  (void)causeway::matrix::GetString(*json, "a").ok();
  (void)causeway::matrix::GetOptionalInt(*json, "a").ok();
  (void)causeway::matrix::GetOptionalArray(*json, "a").ok();
  return 0;
}
