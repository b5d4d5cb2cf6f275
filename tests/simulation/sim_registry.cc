#include "tests/simulation/sim_registry.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/shared/namespaces/namespace_kind.h"
#include "services/shared/registry_watch/snapshot_builder.h"
#include "tests/simulation/chance.h"

namespace causeway::push::simulation {
namespace {

using Registrations = std::map<int32_t, RegistryRevision::Registration>;

constexpr uint64_t kStorySeed = 7700;

uint32_t Bit(int32_t index) { return uint32_t{1} << index; }

registry_watch::Registration Describe(
    int32_t appservice, const RegistryRevision::Registration& registration) {
  using enum namespaces::NamespaceKind;
  const std::string name = absl::StrCat("as", appservice);
  registry_watch::Registration described = {
      .uid = absl::StrCat(registration.uid),
      .id = name,
      .url = absl::StrCat("http://", name),
      .namespaces = {{kUsers, absl::StrCat("@", name, "_.*"), true},
                     {kAliases, absl::StrCat("#", name, "_.*"), true}},
      .receive_ephemeral = registration.receives_ephemeral()};
  for (int32_t room = 0; room < kRoomCount; ++room) {
    if ((registration.rooms & Bit(room)) == 0) continue;
    described.namespaces.push_back(
        {kRooms, absl::StrCat("!r", room, ":.*"), false});
  }
  return described;
}

RegistryRevision MakeRevision(int64_t revision,
                              const Registrations& registrations) {
  registry_watch::SnapshotBuilder builder("s");
  builder.Revision(revision);
  for (const auto& [appservice, registration] : registrations) {
    builder.Add(Describe(appservice, registration));
  }
  return {.registrations = registrations,
          .rules = std::make_shared<InterestRules>(builder.Build())};
}

}  // namespace

std::vector<int64_t> RegistryRevision::InterestedIn(
    const EventFacts& event) const {
  std::vector<int64_t> uids;
  if (!event.delivered) return uids;
  if (event.to_appservice >= 0) {
    const auto found = registrations.find(event.to_appservice);
    if (found != registrations.end() && found->second.receives_ephemeral()) {
      uids.push_back(found->second.uid);
    }
    return uids;
  }
  const uint32_t present = event.joined_before | event.aliases_before;
  for (const auto& [appservice, registration] : registrations) {
    if ((registration.rooms & Bit(event.room)) != 0 ||
        (present & Bit(appservice)) != 0 ||
        event.sender_appservice == appservice ||
        event.member_appservice == appservice) {
      uids.push_back(registration.uid);
    }
  }
  return uids;
}

const std::vector<RegistryRevision>& RegistryStories::Story(size_t number) {
  const auto [story, inserted] = told_.try_emplace(number);
  if (!inserted) return story->second;
  Chance chance(kStorySeed + number);
  AppserviceUid last_uid = 0;
  auto draw_rooms = [&] {
    return static_cast<uint32_t>(chance.Below(1 << kRoomCount));
  };
  Registrations registrations;
  for (int32_t appservice = 0; appservice < kAppserviceCount; ++appservice) {
    registrations[appservice] = {++last_uid, draw_rooms()};
  }
  for (int64_t revision = 1; revision <= kRevisionCount; ++revision) {
    story->second.push_back(MakeRevision(revision, registrations));
    const auto changed = static_cast<int32_t>(chance.Below(kAppserviceCount));
    const auto found = registrations.find(changed);
    if (found == registrations.end()) {
      registrations[changed] = {++last_uid, draw_rooms()};
    } else if (chance.OneIn(2)) {
      found->second.rooms = draw_rooms();
    } else if (registrations.size() > 2 || chance.OneIn(3)) {
      registrations.erase(found);
    } else {  // Within one revision: away and back.
      found->second = {++last_uid, draw_rooms()};
    }
  }
  return story->second;
}

}  // namespace causeway::push::simulation
