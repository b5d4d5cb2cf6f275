#include "services/gateway/directory_json.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <utility>

#include "services/gateway/query_values.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/matrix/json.h"
#include "services/shared/status/status_macros.h"

namespace causeway::gateway {
namespace {

namespace pb = causeway::homeserver::v1;
using matrix::Json;

// Above the homeserver's own bound all are alike.
int32_t ToInt32(int64_t number) {
  return static_cast<int32_t>(
      std::clamp<int64_t>(number, std::numeric_limits<int32_t>::min(),
                          std::numeric_limits<int32_t>::max()));
}

absl::Status ParseFilter(const Json& filter, pb::ListPublicRoomsRequest& list) {
  CAUSEWAY_ASSIGN_OR_RETURN(
      std::optional<std::string> term,
      matrix::GetOptionalString(filter, "generic_search_term"));
  list.set_search_term(std::move(term).value_or(""));
  CAUSEWAY_ASSIGN_OR_RETURN(const Json* types,
                            matrix::GetOptionalArray(filter, "room_types"));
  if (types == nullptr) return absl::OkStatus();
  for (const Json& type : *types) {
    if (!type.is_null() && !type.is_string()) {
      return matrix::BadJson("room_types", "must hold only strings and null");
    }
    list.add_room_types(type.is_null() ? "" : type.get<std::string>());
  }
  return absl::OkStatus();
}

Json RoomObject(const pb::ListPublicRoomsResponse::PublicRoom& room) {
  Json object = {{"room_id", room.room_id()},
                 {"num_joined_members", room.joined_member_count()},
                 {"world_readable", room.world_readable()},
                 {"guest_can_join", room.guest_can_join()}};
  const auto add = [&object](const char* field, const std::string& value) {
    if (!value.empty()) object[field] = value;
  };
  add("name", room.name());
  add("topic", room.topic());
  add("canonical_alias", room.canonical_alias());
  add("avatar_url", room.avatar_url());
  add("join_rule", room.join_rule());
  add("room_type", room.room_type());
  return object;
}

}  // namespace

absl::StatusOr<bool> ParseVisibility(absl::string_view body) {
  CAUSEWAY_ASSIGN_OR_RETURN(const Json json,
                            matrix::ParseObjectOrNothing(body));
  CAUSEWAY_ASSIGN_OR_RETURN(const std::optional<std::string> visibility,
                            matrix::GetOptionalString(json, "visibility"));
  if (visibility.value_or("public") == "public") return true;
  if (visibility == "private") return false;
  return matrix::InvalidParam("visibility",
                              R"(expected "public" or "private")");
}

absl::StatusOr<pb::ListPublicRoomsRequest> PublicRoomsFromQuery(
    const QueryParameters& query) {
  pb::ListPublicRoomsRequest list;
  CAUSEWAY_ASSIGN_OR_RETURN(const std::optional<int64_t> limit,
                            GetNumber(query, "limit"));
  CAUSEWAY_ASSIGN_OR_RETURN(const bool all,
                            GetFlag(query, "include_all_networks"));
  list.set_limit(ToInt32(limit.value_or(0)));
  list.set_since(std::string(query.FirstOrEmpty("since")));
  list.set_server(std::string(query.FirstOrEmpty("server")));
  list.set_third_party_instance_id(
      std::string(query.FirstOrEmpty("third_party_instance_id")));
  list.set_include_all_networks(all);
  return list;
}

absl::StatusOr<pb::ListPublicRoomsRequest> ParsePublicRooms(
    absl::string_view body) {
  CAUSEWAY_ASSIGN_OR_RETURN(const Json json,
                            matrix::ParseObjectOrNothing(body));
  pb::ListPublicRoomsRequest list;
  CAUSEWAY_ASSIGN_OR_RETURN(const std::optional<int64_t> limit,
                            matrix::GetOptionalInt(json, "limit"));
  CAUSEWAY_ASSIGN_OR_RETURN(std::optional<std::string> since,
                            matrix::GetOptionalString(json, "since"));
  CAUSEWAY_ASSIGN_OR_RETURN(
      std::optional<std::string> instance,
      matrix::GetOptionalString(json, "third_party_instance_id"));
  CAUSEWAY_ASSIGN_OR_RETURN(
      const std::optional<bool> all,
      matrix::GetOptionalBool(json, "include_all_networks"));
  CAUSEWAY_ASSIGN_OR_RETURN(const Json* filter,
                            matrix::GetOptionalObject(json, "filter"));
  if (filter != nullptr) CAUSEWAY_RETURN_IF_ERROR(ParseFilter(*filter, list));
  list.set_limit(ToInt32(limit.value_or(0)));
  list.set_since(std::move(since).value_or(""));
  list.set_third_party_instance_id(std::move(instance).value_or(""));
  list.set_include_all_networks(all.value_or(false));
  return list;
}

std::string VisibilityAnswer(bool is_public) {
  return is_public ? R"({"visibility":"public"})"
                   : R"({"visibility":"private"})";
}

std::string PublicRoomsAnswer(const pb::ListPublicRoomsResponse& response) {
  Json answer = {{"chunk", Json::array()},
                 {"total_room_count_estimate", response.room_count()}};
  for (const auto& room : response.rooms()) {
    answer["chunk"].push_back(RoomObject(room));
  }
  if (!response.next_batch().empty()) {
    answer["next_batch"] = response.next_batch();
  }
  if (!response.prev_batch().empty()) {
    answer["prev_batch"] = response.prev_batch();
  }
  return matrix::DumpJson(answer);
}

}  // namespace causeway::gateway
