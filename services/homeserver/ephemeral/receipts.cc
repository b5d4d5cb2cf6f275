#include "services/homeserver/ephemeral/receipts.h"

#include <cstdint>
#include <optional>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/matrix/json.h"
#include "services/shared/matrix/utf8.h"
#include "services/shared/status/status_macros.h"

namespace causeway::homeserver {
namespace {

using matrix::Json;

constexpr size_t kThreadIdBytesMax = 255;
// Of what is said outside of any thread.
constexpr char kMainThread[] = "main";

absl::Status Check(const ReceiptRequest& request) {
  if (request.type != kReadType && request.type != kReadPrivateType &&
      request.type != kFullyReadType) {
    return matrix::InvalidParam(
        "receiptType", "expected m.read, m.read.private or m.fully_read");
  }
  const std::string& thread = request.thread_id;
  if (thread.empty()) return absl::OkStatus();
  if (request.type == kFullyReadType) {
    return matrix::InvalidParam("thread_id", "m.fully_read has no threads");
  }
  if (thread.size() > kThreadIdBytesMax ||
      (thread != kMainThread && !absl::StartsWith(thread, "$")) ||
      absl::StrContains(thread, '\0')) {
    return matrix::InvalidParam("thread_id",
                                R"(expected an event ID or "main")");
  }
  return absl::OkStatus();
}

Json ReceiptContent(const std::vector<Receipt>& receipts) {
  Json content = Json::object();
  for (const Receipt& receipt : receipts) {
    Json data = {{"ts", receipt.ts_ms}};
    if (!receipt.thread_id.empty()) data["thread_id"] = receipt.thread_id;
    content[receipt.event_id][receipt.type][receipt.user_id] = std::move(data);
  }
  return content;
}

}  // namespace

std::string ReceiptEvent(const std::vector<Receipt>& receipts) {
  return matrix::DumpJson(
      Json{{"type", "m.receipt"}, {"content", ReceiptContent(receipts)}});
}

Receipts::Receipts(RoomHistory& history, ReceiptStore& store,
                   UserData& user_data, EphemeralSink& sink, const Clock& clock)
    : history_(history),
      store_(store),
      user_data_(user_data),
      sink_(sink),
      clock_(clock) {}

absl::Status Receipts::Send(const matrix::UserId& user_id,
                            const std::string& room_id,
                            const std::vector<ReceiptRequest>& requests) {
  std::vector<int64_t> positions;
  for (const ReceiptRequest& request : requests) {
    CAUSEWAY_RETURN_IF_ERROR(Check(request));
    CAUSEWAY_ASSIGN_OR_RETURN(int64_t position,
                              FindPosition(room_id, request.event_id));
    positions.push_back(position);
  }
  for (size_t i = 0; i < requests.size(); ++i) {
    CAUSEWAY_RETURN_IF_ERROR(
        requests[i].type == kFullyReadType
            ? MoveMarker(user_id, room_id, requests[i], positions[i])
            : SendOne(user_id, room_id, requests[i], positions[i]));
  }
  return absl::OkStatus();
}

absl::StatusOr<int64_t> Receipts::FindPosition(const std::string& room_id,
                                               const std::string& event_id) {
  CAUSEWAY_ASSIGN_OR_RETURN(std::optional<StoredEvent> event,
                            history_.FindEvent(room_id, event_id));
  if (!event.has_value()) {
    return matrix::NotFound(absl::StrCat("event ", matrix::Quote(event_id)));
  }
  return event->position;
}

absl::Status Receipts::SendOne(const matrix::UserId& user_id,
                               const std::string& room_id,
                               const ReceiptRequest& request,
                               int64_t position) {
  const Receipt receipt = {.room_id = room_id,
                           .user_id = user_id.str(),
                           .type = request.type,
                           .thread_id = request.thread_id,
                           .event_id = request.event_id,
                           .event_position = position,
                           .ts_ms = absl::ToUnixMillis(clock_.Now())};
  CAUSEWAY_ASSIGN_OR_RETURN(bool is_new, store_.Put(receipt));
  if (!is_new) return absl::OkStatus();
  const Json event = {{"type", "m.receipt"},
                      {"room_id", room_id},
                      {"content", ReceiptContent({receipt})}};
  sink_.Publish({.key = absl::StrCat("receipt ", room_id, " ", user_id.str(),
                                     " ", request.type, " ", request.thread_id),
                 .json = matrix::DumpJson(event)});
  return absl::OkStatus();
}

absl::Status Receipts::MoveMarker(const matrix::UserId& user_id,
                                  const std::string& room_id,
                                  const ReceiptRequest& request,
                                  int64_t position) {
  absl::StatusOr<std::string> marker =
      user_data_.Get(user_id, {.room_id = room_id, .type = kFullyReadType});
  if (marker.ok()) {
    CAUSEWAY_ASSIGN_OR_RETURN(const Json json, matrix::ParseObject(*marker));
    CAUSEWAY_ASSIGN_OR_RETURN(const std::string event_id,
                              matrix::GetString(json, "event_id"));
    CAUSEWAY_ASSIGN_OR_RETURN(int64_t standing,
                              FindPosition(room_id, event_id));
    if (standing >= position) return absl::OkStatus();
  } else if (!absl::IsNotFound(marker.status())) {
    return marker.status();
  }
  return user_data_.SetFullyRead(user_id, room_id, request.event_id);
}

}  // namespace causeway::homeserver
