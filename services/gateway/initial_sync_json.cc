#include "services/gateway/initial_sync_json.h"

#include <map>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "services/gateway/raw_json.h"
#include "services/shared/matrix/json.h"

namespace causeway::gateway {
namespace {

namespace pb = causeway::homeserver::v1;
using matrix::Json;

// Which place of a room's state an event takes.
using Place = std::pair<std::string, std::string>;

void Apply(const std::string& event_json,
           std::map<Place, absl::string_view>& state) {
  const Json event = Json::parse(event_json, nullptr,
                                 /*allow_exceptions=*/false);
  if (!event.is_object() || !event.contains("state_key")) return;
  state[{event.value("type", ""), event.value("state_key", "")}] = event_json;
}

// The state as it is after the timeline, where a sync tells it before.
// `room` is a SyncResponse::Joined or ::Left.
template <typename Room>
std::string StateArray(const Room& room) {
  std::map<Place, absl::string_view> state;
  for (const std::string& json : room.state_event_jsons()) Apply(json, state);
  for (const std::string& json : room.timeline_event_jsons()) {
    Apply(json, state);
  }
  return absl::StrCat("[",
                      absl::StrJoin(state, ",",
                                    [](std::string* out, const auto& place) {
                                      absl::StrAppend(out, place.second);
                                    }),
                      "]");
}

// Those of `room`, each with its room.
void AddReceipts(const pb::SyncResponse::Joined& room, Json& receipts) {
  for (const std::string& json : room.ephemeral_jsons()) {
    Json event = Json::parse(json, nullptr, /*allow_exceptions=*/false);
    if (!event.is_object() || event.value("type", "") != "m.receipt") continue;
    event["room_id"] = room.room_id();
    receipts.push_back(std::move(event));
  }
}

template <typename Room>
JsonObjectWriter RoomObject(const Room& room, const char* membership,
                            const std::string& end) {
  JsonObjectWriter messages;
  messages.AddString("start", room.prev_batch())
      .AddString("end", end)
      .Add("chunk", JsonArray(room.timeline_event_jsons()));
  JsonObjectWriter object;
  object.AddString("room_id", room.room_id())
      .AddString("membership", membership)
      .Add("messages", messages.str())
      .Add("state", StateArray(room));
  return object;
}

}  // namespace

std::string InitialSyncFilter(int64_t limit, bool archived) {
  return absl::StrCat(R"({"room":{"timeline":{"limit":)", limit,
                      R"(},"include_leave":)", archived ? "true" : "false",
                      "}}");
}

std::string InitialSyncAnswer(const pb::SyncResponse& response) {
  const std::string& end = response.next_batch();
  std::vector<std::string> rooms;
  Json receipts = Json::array();
  for (const pb::SyncResponse::Joined& room : response.joined()) {
    rooms.push_back(
        RoomObject(room, "join", end)
            .Add("account_data", JsonArray(room.account_data_jsons()))
            .str());
    AddReceipts(room, receipts);
  }
  for (const pb::SyncResponse::Invited& room : response.invited()) {
    rooms.push_back(JsonObjectWriter()
                        .AddString("room_id", room.room_id())
                        .AddString("membership", "invite")
                        .Add("state", JsonArray(room.stripped_state_jsons()))
                        .str());
  }
  for (const pb::SyncResponse::Left& room : response.left()) {
    rooms.push_back(RoomObject(room, "leave", end).str());
  }
  return JsonObjectWriter()
      .AddString("end", end)
      .Add("presence", JsonArray(response.presence_jsons()))
      .Add("account_data", JsonArray(response.account_data_jsons()))
      // Not specified; clients of its day look for it.
      .Add("receipts", matrix::DumpJson(receipts))
      .Add("rooms", absl::StrCat("[", absl::StrJoin(rooms, ","), "]"))
      .str();
}

std::string EventsAnswer(const pb::ListenEventsResponse& response) {
  return JsonObjectWriter()
      .AddString("start", response.start())
      .AddString("end", response.end())
      .Add("chunk", JsonArray(response.event_jsons()))
      .str();
}

}  // namespace causeway::gateway
