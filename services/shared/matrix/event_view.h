// One event's raw JSON and the few fields that routing it needs.
//
// An event is passed on byte for byte: nothing here changes or re-serialises
// it. The whole text is checked all the same, also the parts that no field is
// taken from, because one event that isn't JSON would make every transaction
// that holds it unreadable for ever.
#ifndef CAUSEWAY_SERVICES_SHARED_MATRIX_EVENT_VIEW_H_
#define CAUSEWAY_SERVICES_SHARED_MATRIX_EVENT_VIEW_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace causeway::matrix {

// An event as its sender makes it.
// Source: https://spec.matrix.org/v1.17/client-server-api/#size-limits
inline constexpr size_t kEventBytesMax = 65536;

// An event as it is served: with `unsigned`, `user_id` and what another
// homeserver adds, which the limit above doesn't count.
inline constexpr size_t kServedEventBytesMax = 4 * kEventBytesMax;

// Strings are unescaped. They and `json` point into memory that the caller or
// the parser owns; see EventParser::Parse.
struct EventView {
  absl::string_view json;
  absl::string_view event_id;
  absl::string_view room_id;
  absl::string_view type;
  absl::string_view sender;
  std::optional<absl::string_view> state_key;
  int64_t origin_server_ts = 0;
  // `content.membership`, of an m.room.member only.
  std::optional<absl::string_view> membership;
  // Whether the draft's `user_id` already stands beside `sender`.
  bool has_user_id = false;
};

// Makes views. Holds buffers that are reused from event to event.
//
// Thread-compatible: one parser a thread.
class EventParser {
 public:
  EventParser();
  ~EventParser();
  EventParser(EventParser&&) noexcept;
  EventParser& operator=(EventParser&&) noexcept;

  // The view of `json`, valid until the next call and while `json` lives.
  // INVALID_ARGUMENT: M_NOT_JSON; M_BAD_JSON for what isn't an object, for a
  // field of the wrong type, missing (all but state_key and membership) or
  // empty (all but state_key), named in the message; M_TOO_LARGE above
  // kServedEventBytesMax. If a field comes twice the first counts, but intake
  // (json.h) has refused that already.
  absl::StatusOr<EventView> Parse(absl::string_view json);

 private:
  struct Buffers;
  std::unique_ptr<Buffers> buffers_;
};

}  // namespace causeway::matrix

#endif  // CAUSEWAY_SERVICES_SHARED_MATRIX_EVENT_VIEW_H_
