#ifndef CAUSEWAY_TESTS_SIMULATION_SIM_REGISTRY_H_
#define CAUSEWAY_TESTS_SIMULATION_SIM_REGISTRY_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "services/push_dispatcher/core/interest.h"
#include "services/push_dispatcher/core/queue_head.h"

namespace causeway::push::simulation {

inline constexpr int32_t kAppserviceCount = 3;
inline constexpr int32_t kRoomCount = 3;

// What a simulated event is, as far as interest goes. Sets of application
// services and of rooms are bits. This is the second account of who gets what,
// by which core/interest.h is judged.
struct EventFacts {
  int32_t room = 0;
  int32_t sender_appservice = -1;  // Whose user sent it; -1: a person.
  int32_t member_appservice = -1;  // Whose user's membership it changes.
  uint32_t member = 0;             // Which of that one's users, as a bit.
  int32_t to_appservice = -1;      // Whose user's device it is a message to.
  uint32_t alias = 0;              // Whose alias it adds or removes.
  uint32_t joined_before = 0;      // Who has a user in the room.
  uint32_t aliases_before = 0;     // Who has an alias of it.
  bool delivered = true;           // False: a control record.
};

// One revision of the registry.
struct RegistryRevision {
  struct Registration {
    AppserviceUid uid = 0;
    uint32_t rooms = 0;  // In its namespaces.

    // Most do.
    bool receives_ephemeral() const { return uid % 4 != 0; }
  };

  std::map<int32_t, Registration> registrations;  // By application service.
  std::shared_ptr<const InterestRules> rules;

  int64_t revision() const { return rules->revision(); }
  std::vector<int64_t> InterestedIn(const EventFacts& event) const;
};

// Stories of registrations: all registered first, then namespaces that change,
// application services that go and that come again under a new uid. Compiling
// namespaces is slow, so there are a few stories for all schedules, each drawn
// from its number and told when it is first asked for.
//
// Thread-compatible.
class RegistryStories {
 public:
  static constexpr size_t kStoryCount = 12;
  static constexpr int64_t kRevisionCount = 8;

  // The revisions 1 to kRevisionCount, in order.
  const std::vector<RegistryRevision>& Story(size_t number);

 private:
  std::map<size_t, std::vector<RegistryRevision>> told_;
};

}  // namespace causeway::push::simulation

#endif  // CAUSEWAY_TESTS_SIMULATION_SIM_REGISTRY_H_
