#include "services/homeserver/ephemeral/presence.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/matrix/json.h"

namespace causeway::homeserver {

namespace {

std::string EventOf(const std::string& user_id, const UserPresence& view) {
  matrix::Json content = {{"presence", std::string(PresenceName(view.state))},
                          {"currently_active", view.currently_active}};
  if (!view.status_msg.empty()) content["status_msg"] = view.status_msg;
  if (view.last_active_ago.has_value()) {
    content["last_active_ago"] =
        absl::ToInt64Milliseconds(*view.last_active_ago);
  }
  return matrix::DumpJson(matrix::Json{{"type", "m.presence"},
                                       {"sender", user_id},
                                       {"content", std::move(content)}});
}

}  // namespace

absl::string_view PresenceName(PresenceState state) {
  switch (state) {
    case PresenceState::kOnline:
      return "online";
    case PresenceState::kUnavailable:
      return "unavailable";
    case PresenceState::kOffline:
      break;
  }
  return "offline";
}

absl::StatusOr<PresenceState> ParsePresence(absl::string_view word,
                                            absl::string_view field) {
  for (PresenceState state :
       {PresenceState::kOnline, PresenceState::kUnavailable,
        PresenceState::kOffline}) {
    if (word == PresenceName(state)) return state;
  }
  return matrix::InvalidParam(
      field, R"(expected "online", "unavailable" or "offline")");
}

Presence::Presence(Options options, EphemeralCount& count, NewsWaiters& waiters,
                   EphemeralSink& sink, const Clock& clock)
    : options_(options),
      count_(count),
      waiters_(waiters),
      sink_(sink),
      clock_(clock) {}

void Presence::Set(const std::string& user_id, PresenceState state,
                   const std::string& status_msg, bool stays,
                   const std::vector<std::string>& room_ids) {
  absl::MutexLock lock(&mu_);
  const absl::Duration now = clock_.MonotonicNow();
  Entry& entry = entries_[user_id];
  if (state == PresenceState::kOnline) entry.active_at = now;
  entry.there_until =
      stays ? absl::InfiniteDuration()
            : std::max(entry.there_until, now + options_.said_for);
  const auto rooms = absl::MakeConstSpan(room_ids).first(
      std::min(room_ids.size(), options_.rooms_per_user_max));
  // Rooms, since a join may have come in between, here and in the follower.
  if (entry.number != 0 && entry.state == state &&
      entry.status_msg == status_msg && entry.room_ids == rooms) {
    return;
  }
  entry.state = state;
  entry.status_msg = status_msg;
  Changed(user_id, entry, &room_ids);
}

bool Presence::IsChange(const std::string& user_id, PresenceState state) const {
  if (state == PresenceState::kOffline) return false;
  absl::MutexLock lock(&mu_);
  auto found = entries_.find(user_id);
  // Who is idle stays so: clients sync by themselves.
  return found == entries_.end() ||
         (found->second.state != state &&
          found->second.state != PresenceState::kUnavailable);
}

void Presence::Synced(const std::string& user_id, PresenceState state,
                      absl::Duration patience,
                      const std::vector<std::string>& room_ids) {
  if (state == PresenceState::kOffline) return;
  absl::MutexLock lock(&mu_);
  const absl::Duration now = clock_.MonotonicNow();
  Entry& entry = entries_[user_id];
  entry.there_until =
      std::max(entry.there_until, now + patience + options_.offline_after);
  // Who is idle stays so: clients sync by themselves.
  const bool is_idle = entry.state == PresenceState::kUnavailable;
  if (entry.state == state || is_idle) return;
  if (state == PresenceState::kOnline) entry.active_at = now;
  entry.state = state;
  Changed(user_id, entry, &room_ids);
}

void Presence::Active(const std::string& user_id) {
  absl::MutexLock lock(&mu_);
  auto found = entries_.find(user_id);
  if (found == entries_.end()) return;
  Entry& entry = found->second;
  entry.active_at = clock_.MonotonicNow();
  if (entry.state != PresenceState::kUnavailable) return;
  entry.state = PresenceState::kOnline;
  Changed(user_id, entry, nullptr);
}

void Presence::Moved(const std::string& user_id, const std::string& room_id,
                     bool is_join) {
  absl::MutexLock lock(&mu_);
  auto found = entries_.find(user_id);
  if (found == entries_.end()) return;
  Entry& entry = found->second;
  const bool is_known = std::find(entry.room_ids.begin(), entry.room_ids.end(),
                                  room_id) != entry.room_ids.end();
  if (!is_join) {
    std::erase(entry.room_ids, room_id);
  } else if (!is_known && entry.room_ids.size() < options_.rooms_per_user_max) {
    entry.room_ids.push_back(room_id);
    if (entry.state != PresenceState::kOffline) {
      Changed(user_id, entry, nullptr);
    }
  }
}

void Presence::Expire() {
  absl::MutexLock lock(&mu_);
  const absl::Duration now = clock_.MonotonicNow();
  for (auto& [user_id, entry] : entries_) {
    if (entry.state == PresenceState::kOffline) continue;
    PresenceState state = entry.state;
    if (entry.there_until <= now) {
      state = PresenceState::kOffline;
    } else if (state == PresenceState::kOnline &&
               entry.there_until != absl::InfiniteDuration() &&
               entry.active_at.value_or(now) + options_.idle_after <= now) {
      state = PresenceState::kUnavailable;
    }
    if (state == entry.state) continue;
    entry.state = state;
    Changed(user_id, entry, nullptr);
  }
  Wake(now);
}

void Presence::Wake(absl::Duration now) {
  if (to_wake_.empty()) {
    if (untold_.empty() || now - round_began_at_ < options_.tell_interval) {
      return;
    }
    to_wake_ =
        waiters_.Announce(std::vector<NewsKey>(untold_.begin(), untold_.end()));
    untold_.clear();
    woken_count_ = 0;
    round_began_at_ = now;
  }
  // The first at once.
  const auto due_count =
      static_cast<size_t>(1 + options_.wakes_per_second_max *
                                  absl::ToDoubleSeconds(now - round_began_at_));
  const size_t count = std::min(due_count - woken_count_, to_wake_.size());
  const size_t left_count = to_wake_.size() - count;
  waiters_.Call(absl::MakeConstSpan(to_wake_).subspan(left_count));
  to_wake_.resize(left_count);
  woken_count_ += count;
}

void Presence::Changed(const std::string& user_id, Entry& entry,
                       const std::vector<std::string>* room_ids) {
  if (room_ids != nullptr) {
    const size_t count =
        std::min(room_ids->size(), options_.rooms_per_user_max);
    entry.room_ids.assign(room_ids->begin(),
                          room_ids->begin() + static_cast<ptrdiff_t>(count));
  }
  by_number_.erase(entry.number);
  entry.number = count_.Next();
  by_number_[entry.number] = user_id;
  sink_.Publish({.key = absl::StrCat("presence ", user_id),
                 .json = EventOf(user_id, ViewOf(entry)),
                 .room_ids = entry.room_ids});
  untold_.insert(NewsOfUser(user_id));
  for (const std::string& room_id : entry.room_ids) {
    untold_.insert(NewsOfRoom(room_id));
  }
  if (by_number_.size() > options_.users_max) {
    auto oldest = by_number_.begin();
    entries_.erase(oldest->second);
    by_number_.erase(oldest);
  }
}

UserPresence Presence::Get(const std::string& user_id) const {
  absl::MutexLock lock(&mu_);
  auto found = entries_.find(user_id);
  return found == entries_.end() ? UserPresence() : ViewOf(found->second);
}

UserPresence Presence::ViewOf(const Entry& entry) const {
  UserPresence view = {.state = entry.state, .status_msg = entry.status_msg};
  if (entry.active_at.has_value()) {
    view.last_active_ago = clock_.MonotonicNow() - *entry.active_at;
    view.currently_active = entry.state == PresenceState::kOnline &&
                            *view.last_active_ago < options_.active_for;
  }
  return view;
}

std::vector<std::string> Presence::ListAfter(int64_t number,
                                             const Viewer& viewer) const {
  const absl::flat_hash_set<absl::string_view> shared(viewer.room_ids.begin(),
                                                      viewer.room_ids.end());
  std::vector<std::pair<std::string, UserPresence>> newest_first;
  {
    absl::MutexLock lock(&mu_);
    for (auto changed = by_number_.rbegin();
         changed != by_number_.rend() && newest_first.size() < kPresencePageMax;
         ++changed) {
      const bool is_known = changed->first <= number;
      if (is_known && viewer.new_room_ids.empty()) break;
      const std::string& user_id = changed->second;
      const Entry& entry = entries_.at(user_id);
      if ((is_known || number == 0) && entry.state == PresenceState::kOffline) {
        continue;
      }
      const auto is_told_of = [&](const std::string& room_id) {
        return is_known ? viewer.new_room_ids.contains(room_id)
                        : shared.contains(room_id);
      };
      const bool is_seen =
          (!is_known && user_id == viewer.user_id) ||
          std::any_of(entry.room_ids.begin(), entry.room_ids.end(), is_told_of);
      if (!is_seen || !viewer.filter.Takes("m.presence", user_id)) continue;
      newest_first.emplace_back(user_id, ViewOf(entry));
    }
  }
  std::vector<std::string> events;
  events.reserve(newest_first.size());
  std::for_each(newest_first.rbegin(), newest_first.rend(),
                [&](const auto& user) {
                  events.push_back(EventOf(user.first, user.second));
                });
  return events;
}

}  // namespace causeway::homeserver
