#include "services/homeserver/account_data/user_data.h"

#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/matrix/json.h"
#include "services/shared/matrix/utf8.h"
#include "services/shared/status/status_macros.h"

namespace causeway::homeserver {
namespace {

using matrix::Json;

constexpr size_t kTypeBytesMax = 255;

// Source: https://spec.matrix.org/v1.17/client-server-api/#put_matrixclientv3useruseridaccount_datatype
absl::Status WrittenByServer(absl::string_view type) {
  return matrix::MakeError(
      absl::StatusCode::kUnimplemented, "M_BAD_JSON",
      absl::StrCat("account data ", type, " is written by the server alone"));
}

absl::Status CheckName(absl::string_view field, absl::string_view name,
                       size_t bytes_max) {
  if (name.empty() || name.size() > bytes_max ||
      absl::StrContains(name, '\0')) {
    return matrix::InvalidParam(field,
                                absl::StrCat("must have 1 to ", bytes_max,
                                             " bytes, none of them U+0000"));
  }
  return absl::OkStatus();
}

absl::Status CheckPlace(const AccountDataPlace& place) {
  CAUSEWAY_RETURN_IF_ERROR(CheckName("type", place.type, kTypeBytesMax));
  if (place.room_id.empty()) return absl::OkStatus();
  return matrix::RoomId::Parse(place.room_id, "roomId").status();
}

// `m.tag` with one tag set or, without content, gone.
absl::StatusOr<std::string> WithTag(const std::optional<std::string>& before,
                                    const std::string& tag,
                                    const std::optional<Json>& content) {
  Json data = Json::object();
  if (before.has_value()) {
    CAUSEWAY_ASSIGN_OR_RETURN(data, matrix::ParseObject(*before));
  }
  Json& tags = data["tags"];
  // Whatever a client has put there by itself.
  if (!tags.is_object()) tags = Json::object();
  if (content.has_value()) {
    tags[tag] = *content;
  } else {
    tags.erase(tag);
  }
  return matrix::DumpJson(data);
}

}  // namespace

UserData::UserData(AccountDataStore& store) : store_(store) {}

absl::StatusOr<std::string> UserData::Get(const matrix::UserId& user_id,
                                          const AccountDataPlace& place) {
  CAUSEWAY_RETURN_IF_ERROR(CheckPlace(place));
  CAUSEWAY_ASSIGN_OR_RETURN(std::optional<std::string> content,
                            store_.Find(user_id, place));
  if (!content.has_value()) {
    return matrix::NotFound(
        absl::StrCat("account data ", matrix::Quote(place.type)));
  }
  return *std::move(content);
}

absl::Status UserData::Set(const matrix::UserId& user_id,
                           const AccountDataPlace& place,
                           absl::string_view content_json) {
  CAUSEWAY_RETURN_IF_ERROR(CheckPlace(place));
  if (place.type == kFullyReadType || place.type == kPushRulesType) {
    return WrittenByServer(place.type);
  }
  if (content_json.size() > kAccountDataBytesMax) {
    return matrix::TooLarge("the account data", kAccountDataBytesMax);
  }
  CAUSEWAY_RETURN_IF_ERROR(matrix::ParseObject(content_json).status());
  return Change(user_id, place, [&](const std::optional<std::string>&) {
    return std::string(content_json);
  });
}

absl::Status UserData::SetTag(const matrix::UserId& user_id,
                              const std::string& room_id,
                              const std::string& tag,
                              absl::string_view content_json) {
  const AccountDataPlace place = {.room_id = room_id, .type = kTagType};
  CAUSEWAY_RETURN_IF_ERROR(matrix::RoomId::Parse(room_id, "roomId").status());
  CAUSEWAY_RETURN_IF_ERROR(CheckName("tag", tag, kTagBytesMax));
  std::optional<Json> content;
  if (!content_json.empty()) {
    CAUSEWAY_ASSIGN_OR_RETURN(content, matrix::ParseObject(content_json));
  }
  return Change(user_id, place, [&](const std::optional<std::string>& before) {
    return WithTag(before, tag, content);
  });
}

absl::Status UserData::SetFullyRead(const matrix::UserId& user_id,
                                    const std::string& room_id,
                                    const std::string& event_id) {
  return Change(user_id, {.room_id = room_id, .type = kFullyReadType},
                [&](const std::optional<std::string>&) {
                  return matrix::DumpJson(Json{{"event_id", event_id}});
                });
}

absl::StatusOr<std::optional<std::string>> UserData::Find(
    const matrix::UserId& user_id, const AccountDataPlace& place) {
  return store_.Find(user_id, place);
}

absl::Status UserData::Change(const matrix::UserId& user_id,
                              const AccountDataPlace& place,
                              AccountDataStore::Change change) {
  absl::Status put = store_.Put(
      user_id, place,
      [&](const std::optional<std::string>& before)
          -> absl::StatusOr<std::string> {
        CAUSEWAY_ASSIGN_OR_RETURN(std::string content, change(before));
        if (content.size() > kAccountDataBytesMax) {
          return matrix::TooLarge("the account data", kAccountDataBytesMax);
        }
        return content;
      });
  if (absl::IsNotFound(put)) {
    return matrix::NotFound(absl::StrCat("user ", user_id.str()));
  }
  if (absl::IsResourceExhausted(put)) {
    return matrix::MakeError(
        absl::StatusCode::kResourceExhausted, "M_RESOURCE_LIMIT_EXCEEDED",
        absl::StrCat("a user can keep ", kAccountDataPerUserMax,
                     " pieces of account data of together ",
                     kAccountDataBytesPerUserMax, " bytes and no more"));
  }
  return put;
}

}  // namespace causeway::homeserver
