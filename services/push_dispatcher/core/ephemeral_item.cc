#include "services/push_dispatcher/core/ephemeral_item.h"

#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "services/shared/matrix/json.h"

namespace causeway::push {
namespace {

// {"content":{E:{T:{U:D}}},"room_id":R,"type":"m.receipt"} without its values,
// and a comma.
constexpr size_t kReceiptFrameBytes = 64;

// "key":value of each, where values are JSON already.
template <typename Map, typename ToJson>
std::string ObjectOf(const Map& members, ToJson to_json) {
  return absl::StrCat(
      "{",
      absl::StrJoin(members, ",",
                    [&](std::string* out, const auto& member) {
                      absl::StrAppend(
                          out, matrix::DumpJson(matrix::Json(member.first)),
                          ":", to_json(member.second));
                    }),
      "}");
}

using ByUser = std::map<std::string, std::string>;
using ByType = std::map<std::string, ByUser>;
using ByEvent = std::map<std::string, ByType>;

std::string ContentOf(const ByEvent& receipts) {
  return ObjectOf(receipts, [](const ByType& by_type) {
    return ObjectOf(by_type, [](const ByUser& by_user) {
      return ObjectOf(by_user, [](const std::string& data) { return data; });
    });
  });
}

}  // namespace

int64_t EphemeralItem::bytes() const {
  if (kind != Kind::kReceipt) return static_cast<int64_t>(json.size() + 1);
  // In JSON a quote or a backslash takes two.
  return static_cast<int64_t>(json.size() + kReceiptFrameBytes +
                              2 * (room_id.size() + user_id.size() +
                                   event_id.size() + receipt_type.size()));
}

std::string EphemeralItem::key() const {
  const absl::string_view nul("\0", 1);  // No ID has one.
  switch (kind) {
    case Kind::kTyping:
      return absl::StrCat("t", room_id);
    case Kind::kPresence:
      return absl::StrCat("p", user_id);
    case Kind::kReceipt:
      break;
  }
  return absl::StrCat("r", room_id, nul, event_id, nul, receipt_type, nul,
                      user_id);
}

std::vector<std::string> EphemeralEvents(
    absl::Span<const std::shared_ptr<const EphemeralItem>> items) {
  std::vector<std::string> events;
  std::map<std::string, ByEvent> receipts;  // By room.
  for (const auto& item : items) {
    if (item->kind == EphemeralItem::Kind::kReceipt) {
      receipts[item->room_id][item->event_id][item->receipt_type]
              [item->user_id] = item->json;
    } else {
      events.push_back(item->json);
    }
  }
  for (const auto& [room_id, by_event] : receipts) {
    events.push_back(absl::StrCat(
        R"({"content":)", ContentOf(by_event), R"(,"room_id":)",
        matrix::DumpJson(matrix::Json(room_id)), R"(,"type":"m.receipt"})"));
  }
  return events;
}

}  // namespace causeway::push
