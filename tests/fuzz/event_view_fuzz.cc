// Goal: what the event view lets pass is JSON to any other reader too, since it
// goes out byte for byte inside a transaction.
#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "services/shared/matrix/event_view.h"
#include "services/shared/matrix/json.h"
#include "services/shared/status/errcode.h"
#include "tests/fuzz/require.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using causeway::fuzz::Require;
  using causeway::matrix::EventParser;
  using causeway::matrix::EventView;
  using causeway::matrix::Json;

  static EventParser& parser = *new EventParser();
  const std::string text(reinterpret_cast<const char*>(data), size);
  const absl::StatusOr<EventView> view = parser.Parse(text);
  if (!view.ok()) return 0;
  Require(view->json == text, "the bytes stay as they are");
  Require(!view->event_id.empty() && !view->room_id.empty() &&
              !view->type.empty() && !view->sender.empty(),
          "no name is empty");
  Require(view->membership.has_value() == (view->type == "m.room.member"),
          "members have a membership");
  const absl::StatusOr<Json> json = causeway::matrix::ParseObject(text);
  Require(json.ok() || causeway::GetErrcode(json.status()) == "M_BAD_JSON",
          "the other parser reads it, unless a key comes twice");
  if (json.ok()) {
    Require(json->at("sender") == std::string(view->sender),
            "both parsers read the same");
  }
  return 0;
}
