#include "services/homeserver/ephemeral/typing.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "services/homeserver/news/news_key.h"
#include "services/shared/matrix/json.h"

namespace causeway::homeserver {
namespace {

using matrix::Json;

Json TypingEvent(const std::map<std::string, absl::Duration>& until) {
  Json user_ids = Json::array();
  for (const auto& [user_id, end] : until) user_ids.push_back(user_id);
  return {{"type", "m.typing"},
          {"content", {{"user_ids", std::move(user_ids)}}}};
}

}  // namespace

Typing::Typing(Options options, EphemeralCount& count, NewsWaiters& waiters,
               EphemeralSink& sink, const Clock& clock)
    : options_(options),
      count_(count),
      waiters_(waiters),
      sink_(sink),
      clock_(clock) {}

void Typing::Set(const std::string& room_id, const std::string& user_id,
                 absl::Duration timeout) {
  absl::MutexLock lock(&mu_);
  auto found = rooms_.find(room_id);
  const bool types =
      found != rooms_.end() && found->second.until.contains(user_id);
  if (timeout <= absl::ZeroDuration()) {
    if (!types) return;
    found->second.until.erase(user_id);
    return Changed(room_id, found->second);
  }
  const absl::Duration end = clock_.MonotonicNow() + timeout;
  if (types) {
    found->second.until[user_id] = end;  // They go on; nobody sees that.
    return;
  }
  RoomTyping& room = rooms_[room_id];
  if (room.until.size() >= options_.users_per_room_max) return;
  room.until[user_id] = end;
  Changed(room_id, room);
}

void Typing::Changed(const std::string& room_id, RoomTyping& room) {
  by_number_.erase(room.number);
  room.number = count_.Next();
  by_number_[room.number] = room_id;
  Json event = TypingEvent(room.until);
  event["room_id"] = room_id;
  sink_.Publish({.key = absl::StrCat("typing ", room_id),
                 .json = matrix::DumpJson(event)});
  waiters_.Tell({NewsOfRoom(room_id)});
  if (rooms_.size() > options_.rooms_max) {
    auto oldest = by_number_.begin();
    rooms_.erase(oldest->second);
    by_number_.erase(oldest);
  }
}

void Typing::Expire() {
  absl::MutexLock lock(&mu_);
  const absl::Duration now = clock_.MonotonicNow();
  std::vector<std::string> changed;
  for (auto& [room_id, room] : rooms_) {
    if (std::erase_if(room.until, [now](const auto& user) {
          return user.second <= now;
        }) > 0) {
      changed.push_back(room_id);
    }
  }
  for (const std::string& room_id : changed) {
    Changed(room_id, rooms_.at(room_id));
  }
}

std::string Typing::EventAfter(const std::string& room_id,
                               int64_t number) const {
  absl::MutexLock lock(&mu_);
  auto found = rooms_.find(room_id);
  if (found == rooms_.end()) return "";
  const RoomTyping& room = found->second;
  if (room.number <= number || (number == 0 && room.until.empty())) return "";
  return matrix::DumpJson(TypingEvent(room.until));
}

}  // namespace causeway::homeserver
