#include "tests/simulation/sim_ephemeral.h"

#include <cstddef>
#include <iterator>
#include <memory>

#include "absl/strings/str_cat.h"
#include "services/push_dispatcher/core/ephemeral_item.h"

namespace causeway::push::simulation {

SimEphemeral::Told SimEphemeral::Draw(const RegistryRevision& registry) {
  using Kind = EphemeralItem::Kind;
  Chance& chance = clock_.chance();
  const auto& registrations = registry.registrations;
  if (registrations.empty()) return {};
  const auto& [appservice, registration] =
      *std::next(registrations.begin(),
                 static_cast<ptrdiff_t>(chance.Index(registrations.size())));
  if (!registration.receives_ephemeral()) return {};
  const Kind kind = chance.OneIn(2) ? Kind::kTyping : Kind::kPresence;
  const int64_t whose = chance.Below(kRoomCount);
  return {registration.uid,
          {{std::make_shared<EphemeralItem>(EphemeralItem{
              .kind = kind,
              .room_id = absl::StrCat("!r", whose),
              .user_id = absl::StrCat("@u", whose),
              .json = absl::StrCat("{\"ephemeral ", ++count_, "\"}")})}}};
}

}  // namespace causeway::push::simulation
