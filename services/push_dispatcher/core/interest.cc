#include "services/push_dispatcher/core/interest.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"

namespace causeway::push {

std::optional<AppserviceUid> ParseUid(absl::string_view uid) {
  AppserviceUid value = 0;
  if (!absl::SimpleAtoi(uid, &value) || value <= 0) return std::nullopt;
  return value;
}

InterestRules::InterestRules(
    std::shared_ptr<const registry_watch::RegistrySnapshot> snapshot)
    : snapshot_(std::move(snapshot)) {
  queues_.reserve(snapshot_->registrations().size());
  for (const auto& registration : snapshot_->registrations()) {
    queues_.push_back(registration == nullptr || registration->url.empty()
                          ? std::nullopt
                          : ParseUid(registration->uid));
  }
}

std::optional<AppserviceUid> InterestRules::EphemeralQueueOf(
    Handle handle) const {
  const auto& registration = snapshot_->registrations()[handle];
  return registration != nullptr && registration->receive_ephemeral
             ? queues_[handle]
             : std::nullopt;
}

bool InterestRules::IsLocal(absl::string_view user_id) const {
  const size_t colon = user_id.find(':');
  return colon != absl::string_view::npos &&
         user_id.substr(colon + 1) == snapshot_->server_name();
}

RoomInterest::RoomInterest(std::shared_ptr<const InterestRules> rules,
                           absl::string_view room_id, const RoomFacts& facts)
    : rules_(std::move(rules)) {
  Count(InterestRules::Kind::kRooms, room_id, 1);
  for (const std::string& member : facts.joined_members) {
    SetJoined(member, true);
  }
  for (const std::string& room_alias : facts.aliases) {
    SetAlias(room_alias, true);
  }
}

absl::Span<const RoomInterest::Handle> RoomInterest::Interested() {
  if (interested_stale_) {
    interested_.clear();
    for (const auto& [handle, count] : id_counts_)
      interested_.push_back(handle);
    std::sort(interested_.begin(), interested_.end());
    interested_stale_ = false;
  }
  return interested_;
}

absl::Span<const RoomInterest::Handle> RoomInterest::Match(
    const RoutedEvent& event) {
  Interested();
  const auto sender = rules_->Match(InterestRules::Kind::kUsers, event.sender);
  if (sender->empty() && !event.member.has_value()) return interested_;

  result_ = interested_;
  for (const auto& hit : *sender) result_.push_back(hit.registration);
  if (event.member.has_value()) {
    // Before the event or after it, whom the room interests differs by those
    // whom the member interests, and they are added here.
    const auto member =
        rules_->Match(InterestRules::Kind::kUsers, *event.member);
    for (const auto& hit : *member) result_.push_back(hit.registration);
  }
  std::sort(result_.begin(), result_.end());
  result_.erase(std::unique(result_.begin(), result_.end()), result_.end());
  return result_;
}

InterestRules::Kind InterestReason::kind() const {
  switch (rule) {
    case Rule::kRoomId:
      return InterestRules::Kind::kRooms;
    case Rule::kAlias:
      return InterestRules::Kind::kAliases;
    case Rule::kSender:
    case Rule::kStateKey:
    case Rule::kJoinedMember:
      break;
  }
  return InterestRules::Kind::kUsers;
}

std::vector<InterestReason> RoomInterest::Candidates(
    const RoutedEvent& event) const {
  using Rule = InterestReason::Rule;
  std::vector<InterestReason> candidates = {
      {Rule::kSender, std::string(event.sender)}};
  if (event.member.has_value()) {
    candidates.push_back({Rule::kStateKey, std::string(*event.member)});
  }
  candidates.push_back({Rule::kRoomId, std::string(event.room_id)});
  auto add_sorted = [&](Rule rule,
                        const absl::flat_hash_set<std::string>& ids) {
    std::vector<std::string> sorted(ids.begin(), ids.end());
    std::sort(sorted.begin(), sorted.end());
    for (std::string& id : sorted) candidates.push_back({rule, std::move(id)});
  };
  add_sorted(Rule::kAlias, aliases_);
  add_sorted(Rule::kJoinedMember, members_);
  return candidates;
}

std::vector<InterestReason> RoomInterest::Explain(const RoutedEvent& event,
                                                  Handle handle) const {
  std::vector<InterestReason> reasons;
  for (InterestReason& candidate : Candidates(event)) {
    if (namespaces::Includes(rules_->Match(candidate.kind(), candidate.id),
                             handle)) {
      reasons.push_back(std::move(candidate));
    }
  }
  return reasons;
}

bool RoomInterest::SetJoined(absl::string_view user_id, bool joined) {
  if (!rules_->IsLocal(user_id)) return false;
  const bool changed = joined ? members_.insert(std::string(user_id)).second
                              : members_.erase(user_id) > 0;
  if (changed) Count(InterestRules::Kind::kUsers, user_id, joined ? 1 : -1);
  return changed;
}

bool RoomInterest::SetAlias(absl::string_view room_alias, bool present) {
  const bool changed = present ? aliases_.insert(std::string(room_alias)).second
                               : aliases_.erase(room_alias) > 0;
  if (changed) {
    Count(InterestRules::Kind::kAliases, room_alias, present ? 1 : -1);
  }
  return changed;
}

void RoomInterest::Count(InterestRules::Kind kind, absl::string_view id,
                         int change) {
  const auto hits = rules_->Match(kind, id);
  for (const auto& hit : *hits) {
    const auto entry = id_counts_.try_emplace(hit.registration, 0).first;
    const int before = entry->second;
    entry->second += change;
    if (before == 0 || entry->second == 0) interested_stale_ = true;
    if (entry->second == 0) id_counts_.erase(entry);
  }
}

}  // namespace causeway::push
