#include "services/homeserver/rooms/history_visibility.h"

#include <algorithm>

namespace causeway::homeserver {
namespace {

// The positions during which the user was `wanted`, the one that ends it
// included: who leaves sees their own leaving.
std::vector<PositionRange> TimesOf(
    const std::vector<MembershipChange>& memberships, Membership wanted) {
  std::vector<PositionRange> times;
  for (size_t i = 0; i < memberships.size(); ++i) {
    if (memberships[i].membership != wanted) continue;
    const bool is_last = i + 1 == memberships.size();
    times.push_back({memberships[i].position,
                     is_last ? kPositionMax : memberships[i + 1].position});
  }
  return times;
}

void AddClipped(const std::vector<PositionRange>& times, PositionRange window,
                std::vector<PositionRange>& visible) {
  for (const PositionRange& part : Clip(times, window)) visible.push_back(part);
}

}  // namespace

HistoryVisibility ParseHistoryVisibility(absl::string_view word) {
  if (word == "shared") return HistoryVisibility::kShared;
  if (word == "invited") return HistoryVisibility::kInvited;
  if (word == "world_readable") return HistoryVisibility::kWorldReadable;
  return HistoryVisibility::kJoined;
}

bool JoinedAllSince(const std::vector<MembershipChange>& memberships,
                    int64_t since) {
  bool joined = false;
  for (const MembershipChange& change : memberships) {
    const bool joins = change.membership == Membership::kJoin;
    if (change.position <= since) {
      joined = joins;
    } else if (!joins) {
      joined = false;
    }
  }
  return joined;
}

PositionRanges VisibleRanges(const std::vector<VisibilityChange>& visibilities,
                             const std::vector<MembershipChange>& memberships) {
  const std::vector<PositionRange> joined =
      TimesOf(memberships, Membership::kJoin);
  const std::vector<PositionRange> invited =
      TimesOf(memberships, Membership::kInvite);
  // Who joins later may see what was shared before.
  const int64_t joined_until = joined.empty() ? 0 : joined.back().last;

  std::vector<PositionRange> visible = joined;
  std::vector<VisibilityChange> changes = {{1, HistoryVisibility::kShared}};
  changes.insert(changes.end(), visibilities.begin(), visibilities.end());
  for (size_t i = 0; i < changes.size(); ++i) {
    const PositionRange window = {
        changes[i].position,
        i + 1 == changes.size() ? kPositionMax : changes[i + 1].position - 1};
    switch (changes[i].visibility) {
      case HistoryVisibility::kWorldReadable:
        visible.push_back(window);
        break;
      case HistoryVisibility::kShared:
        visible.push_back({window.first, std::min(window.last, joined_until)});
        break;
      case HistoryVisibility::kInvited:
        AddClipped(invited, window, visible);
        break;
      case HistoryVisibility::kJoined:
        break;
    }
  }
  return Normalise(std::move(visible));
}

}  // namespace causeway::homeserver
