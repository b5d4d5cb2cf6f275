#include "services/push_dispatcher/ephemeral_request.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "services/push_dispatcher/publish_request.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/matrix/identifiers.h"
#include "services/shared/matrix/json.h"
#include "services/shared/status/status_macros.h"

namespace causeway::push {
namespace {

using matrix::Json;
using Kind = EphemeralItem::Kind;

// Of m.presence, from a source alone: the rooms that the sender is in.
constexpr char kRoomIds[] = "room_ids";

absl::Status CheckId(absl::string_view id, absl::string_view field) {
  if (id.empty() || id.size() > matrix::kIdBytesMax ||
      std::any_of(id.begin(), id.end(), absl::ascii_iscntrl)) {
    return matrix::InvalidParam(
        field, absl::StrCat("must have 1 to ", matrix::kIdBytesMax,
                            " bytes and no control characters"));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> GetId(const Json& event, const char* field) {
  CAUSEWAY_ASSIGN_OR_RETURN(std::string id, matrix::GetString(event, field));
  CAUSEWAY_RETURN_IF_ERROR(CheckId(id, field));
  return id;
}

void Add(EphemeralItem item, EphemeralItems& items) {
  items.push_back(std::make_shared<const EphemeralItem>(std::move(item)));
}

absl::Status ParseTyping(const Json& event, const Json& content,
                         const std::string& json, EphemeralItems& items) {
  CAUSEWAY_ASSIGN_OR_RETURN(std::string room_id, GetId(event, "room_id"));
  const auto user_ids = matrix::GetArray(content, "user_ids");
  if (!user_ids.ok()) return Prefixed("content", user_ids.status());
  if (!std::all_of((*user_ids)->begin(), (*user_ids)->end(),
                   [](const Json& id) { return id.is_string(); })) {
    return matrix::BadJson("content.user_ids", "expected strings");
  }
  Add({.kind = Kind::kTyping, .room_id = std::move(room_id), .json = json},
      items);
  return absl::OkStatus();
}

absl::Status ParsePresence(const Json& event, const Json& content,
                           const std::string& json, EphemeralItems& items) {
  CAUSEWAY_ASSIGN_OR_RETURN(std::string sender, GetId(event, "sender"));
  const auto presence = matrix::GetString(content, "presence");
  if (!presence.ok()) return Prefixed("content", presence.status());
  CAUSEWAY_ASSIGN_OR_RETURN(const Json* room_ids,
                            matrix::GetOptionalArray(event, kRoomIds));
  if (room_ids == nullptr) {
    Add({.kind = Kind::kPresence, .user_id = std::move(sender), .json = json},
        items);
    return absl::OkStatus();
  }
  // One for whose user it is and one for each room; they are the same thing,
  // which each queue gets once. Where the sender is stays between us.
  Json told = event;
  told.erase(kRoomIds);
  EphemeralItem item = {.kind = Kind::kPresence,
                        .user_id = std::move(sender),
                        .json = matrix::DumpJson(told)};
  Add(item, items);
  for (const Json& room_id : *room_ids) {
    if (!room_id.is_string()) {
      return matrix::BadJson(kRoomIds, "expected strings");
    }
    item.room_id = room_id.get<std::string>();
    CAUSEWAY_RETURN_IF_ERROR(CheckId(item.room_id, kRoomIds));
    Add(item, items);
  }
  return absl::OkStatus();
}

absl::Status ExpectObject(const Json& json, absl::string_view field) {
  return json.is_object() ? absl::OkStatus()
                          : matrix::BadJson(field, "expected an object");
}

// {EVENT_ID:{TYPE:{USER_ID:{..}}}}
absl::Status ParseReceipts(const Json& event, const Json& content,
                           EphemeralItems& items) {
  CAUSEWAY_ASSIGN_OR_RETURN(const std::string room_id, GetId(event, "room_id"));
  for (const auto& [event_id, by_type] : content.items()) {
    CAUSEWAY_RETURN_IF_ERROR(CheckId(event_id, "content: an event ID"));
    CAUSEWAY_RETURN_IF_ERROR(ExpectObject(by_type, "content: of an event"));
    for (const auto& [type, by_user] : by_type.items()) {
      CAUSEWAY_RETURN_IF_ERROR(CheckId(type, "content: a receipt's type"));
      CAUSEWAY_RETURN_IF_ERROR(ExpectObject(by_user, "content: of a type"));
      for (const auto& [user_id, data] : by_user.items()) {
        CAUSEWAY_RETURN_IF_ERROR(CheckId(user_id, "content: a user ID"));
        CAUSEWAY_RETURN_IF_ERROR(ExpectObject(data, "content: of a user"));
        Add({.kind = Kind::kReceipt,
             .room_id = room_id,
             .user_id = user_id,
             .event_id = event_id,
             .receipt_type = type,
             .json = matrix::DumpJson(data)},
            items);
      }
    }
  }
  return absl::OkStatus();
}

absl::Status ParseEvent(const std::string& json, EphemeralItems& items) {
  CAUSEWAY_ASSIGN_OR_RETURN(const Json event, matrix::ParseObject(json));
  CAUSEWAY_ASSIGN_OR_RETURN(const std::string type,
                            matrix::GetString(event, "type"));
  CAUSEWAY_ASSIGN_OR_RETURN(const Json* content,
                            matrix::GetObject(event, "content"));
  if (type == "m.typing") return ParseTyping(event, *content, json, items);
  if (type == "m.receipt") return ParseReceipts(event, *content, items);
  if (type == "m.presence") return ParsePresence(event, *content, json, items);
  return matrix::InvalidParam("type",
                              "must be m.typing, m.receipt or m.presence");
}

}  // namespace

absl::Status ParseEphemeralEvent(const std::string& event_json,
                                 absl::string_view field,
                                 EphemeralItems& items) {
  const absl::Status status = ParseEvent(event_json, items);
  return status.ok() ? status : Prefixed(field, status);
}

absl::StatusOr<EphemeralItems> ParseEphemeralRequest(
    const v1::PublishEphemeralRequest& request) {
  CAUSEWAY_RETURN_IF_ERROR(CheckSourceName(request.source(), "source"));
  if (request.event_jsons_size() > kEphemeralEventsMax) {
    return matrix::InvalidParam(
        "event_jsons", absl::StrCat("are at most ", kEphemeralEventsMax));
  }
  size_t bytes = 0;
  EphemeralItems items;
  for (int i = 0; i < request.event_jsons_size(); ++i) {
    const std::string& json = request.event_jsons(i);
    const std::string field = absl::StrCat("event_jsons[", i, "]");
    if (json.size() > kEphemeralEventBytesMax) {
      return matrix::InvalidParam(
          field, absl::StrCat("has ", json.size(), " bytes, at most ",
                              kEphemeralEventBytesMax, " are taken"));
    }
    bytes += json.size();
    if (bytes > kEphemeralRequestBytesMax) {
      return matrix::InvalidParam(
          "event_jsons", absl::StrCat("have together at most ",
                                      kEphemeralRequestBytesMax, " bytes"));
    }
    CAUSEWAY_RETURN_IF_ERROR(ParseEphemeralEvent(json, field, items));
  }
  return items;
}

}  // namespace causeway::push
