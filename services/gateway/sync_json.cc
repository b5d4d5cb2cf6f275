#include "services/gateway/sync_json.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "services/gateway/raw_json.h"

namespace causeway::gateway {
namespace {

namespace pb = causeway::homeserver::v1;
using Events = google::protobuf::RepeatedPtrField<std::string>;

std::string EventsObject(const Events& events) {
  return JsonObjectWriter().Add("events", JsonArray(events)).str();
}

// `room` is a SyncResponse::Joined or ::Left.
template <typename Room>
std::string TimelineObject(const Room& room) {
  JsonObjectWriter timeline;
  timeline.Add("events", JsonArray(room.timeline_event_jsons()));
  timeline.Add("limited", room.limited() ? "true" : "false");
  if (!room.prev_batch().empty()) {
    timeline.AddString("prev_batch", room.prev_batch());
  }
  return timeline.str();
}

// Push rules are evaluated by clients alone.
constexpr char kNoNotifications[] =
    R"({"highlight_count":0,"notification_count":0})";

// What today's clients have one-time keys of.
constexpr char kDefaultKeyAlgorithm[] = "signed_curve25519";

std::string Summary(const pb::SyncResponse::Joined& room) {
  JsonObjectWriter summary;
  if (!room.heroes().empty()) {
    summary.Add("m.heroes", JsonStrings(room.heroes()));
  }
  return summary
      .Add("m.joined_member_count", absl::StrCat(room.joined_member_count()))
      .Add("m.invited_member_count", absl::StrCat(room.invited_member_count()))
      .str();
}

std::string JoinedObject(const pb::SyncResponse::Joined& room) {
  JsonObjectWriter joined;
  if (!room.account_data_jsons().empty()) {
    joined.Add("account_data", EventsObject(room.account_data_jsons()));
  }
  if (!room.ephemeral_jsons().empty()) {
    joined.Add("ephemeral", EventsObject(room.ephemeral_jsons()));
  }
  // The reader is in the room: a count of none means that it is as before.
  if (room.joined_member_count() > 0) joined.Add("summary", Summary(room));
  return joined.Add("state", EventsObject(room.state_event_jsons()))
      .Add("timeline", TimelineObject(room))
      .Add("unread_notifications", kNoNotifications)
      .str();
}

std::string InvitedObject(const pb::SyncResponse::Invited& room) {
  return JsonObjectWriter()
      .Add("invite_state", EventsObject(room.stripped_state_jsons()))
      .str();
}

// Source: https://spec.matrix.org/v1.17/client-server-api/#e2e-extensions-to-sync
void AddKeysLeft(const pb::SyncResponse::KeysLeft& left,
                 JsonObjectWriter& answer) {
  // Clients make more keys when they are told that there are none.
  JsonObjectWriter counts;
  bool has_default = false;
  for (const auto& [algorithm, count] : left.one_time_key_counts()) {
    counts.Add(algorithm, absl::StrCat(count));
    has_default = has_default || algorithm == kDefaultKeyAlgorithm;
  }
  if (!has_default) counts.Add(kDefaultKeyAlgorithm, "0");
  answer.Add("device_one_time_keys_count", counts.str());
  answer.Add("device_unused_fallback_key_types",
             JsonStrings(left.unused_fallback_algorithms()));
}

std::string LeftObject(const pb::SyncResponse::Left& room) {
  return JsonObjectWriter()
      .Add("state", EventsObject(room.state_event_jsons()))
      .Add("timeline", TimelineObject(room))
      .str();
}

}  // namespace

std::string SyncAnswer(const pb::SyncResponse& response) {
  JsonObjectWriter join;
  for (const auto& room : response.joined()) {
    join.Add(room.room_id(), JoinedObject(room));
  }
  JsonObjectWriter invite;
  for (const auto& room : response.invited()) {
    invite.Add(room.room_id(), InvitedObject(room));
  }
  JsonObjectWriter leave;
  for (const auto& room : response.left()) {
    leave.Add(room.room_id(), LeftObject(room));
  }
  const std::string rooms = JsonObjectWriter()
                                .Add("join", join.str())
                                .Add("invite", invite.str())
                                .Add("leave", leave.str())
                                .str();
  JsonObjectWriter answer;
  answer.AddString("next_batch", response.next_batch()).Add("rooms", rooms);
  for (const auto& [name, events] :
       {std::pair("account_data", &response.account_data_jsons()),
        std::pair("presence", &response.presence_jsons()),
        std::pair("to_device", &response.to_device_jsons())}) {
    if (!events->empty()) answer.Add(name, EventsObject(*events));
  }
  if (!response.changed_device_lists().empty() ||
      !response.left_device_lists().empty()) {
    answer.Add("device_lists",
               JsonObjectWriter()
                   .Add("changed", JsonStrings(response.changed_device_lists()))
                   .Add("left", JsonStrings(response.left_device_lists()))
                   .str());
  }
  if (response.has_keys_left()) AddKeysLeft(response.keys_left(), answer);
  return answer.str();
}

std::string EmptySyncAnswer(absl::string_view since) {
  pb::SyncResponse response;
  response.set_next_batch(std::string(since));
  return SyncAnswer(response);
}

}  // namespace causeway::gateway
