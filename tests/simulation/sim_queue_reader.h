#ifndef CAUSEWAY_TESTS_SIMULATION_SIM_QUEUE_READER_H_
#define CAUSEWAY_TESTS_SIMULATION_SIM_QUEUE_READER_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "services/push_dispatcher/core/delivery_effects.h"
#include "services/push_dispatcher/core/delivery_events.h"
#include "services/push_dispatcher/core/queue_head.h"
#include "services/push_dispatcher/core/segment.h"
#include "services/push_dispatcher/core/transaction_body.h"
#include "tests/simulation/planted_fault.h"
#include "tests/simulation/sim_store.h"

namespace causeway::push::simulation {

// In place of SHA-256, which would be half of a schedule's time.
std::string CheapDigest(absl::string_view bytes);

// Cuts transactions from what is queued, and makes sealed ones again, for one
// process: with a cache of decoded segments that lives as long as it.
//
// Each call is one look at the store. Thread-compatible.
class SimQueueReader {
 public:
  // `other_bytes`: this process runs a version that makes other bodies.
  SimQueueReader(PlantedFault fault, bool other_bytes, const SimStore& store)
      : fault_(fault), other_bytes_(other_bytes), store_(store) {}

  DeliveryEvent Load(AppserviceUid uid, const LoadNext& effect);
  DeliveryEvent Rebuild(AppserviceUid uid, const RebuildSealed& effect);
  DeliveryEvent Split(AppserviceUid uid, const SplitSealed& effect);

  // What is cached.
  void Forget() { segments_.clear(); }

  // Any one event that waits behind `sealed`; for planting.
  std::optional<std::string> OneBehind(AppserviceUid uid,
                                       const SealedTransaction& sealed);

 private:
  struct Event {
    int64_t position = 0;
    std::shared_ptr<const Segment> segment;  // Which has the bytes.
    absl::string_view json;
    bool to_device = false;
    absl::Time publish_time;
  };
  // Of one source, in order. `until`: the last position that is needed.
  // False: something isn't there.
  bool Read(AppserviceUid uid, SourceId source_id, int64_t after,
            size_t count_max, int64_t until, std::vector<Event>& events);
  std::shared_ptr<const Segment> GetSegment(const StoreTables::SegmentKey& key);
  // From `events[begin]` on; moves `begin` behind what it took.
  Cut MakeCut(SourceId source_id, const std::vector<Event>& events,
              size_t& begin, const TransactionLimits& limits,
              absl::Time expired_before, const std::string& ephemeral);
  static bool Add(const Event& event, TransactionBody& body) {
    return event.to_device ? body.AddToDevice(event.json)
                           : body.Add(event.json);
  }
  std::shared_ptr<const std::string> Finish(TransactionBody& body) const;

  const PlantedFault fault_;
  const bool other_bytes_;
  const SimStore& store_;
  // Each with its content ID: after a restore, others may have its name.
  std::map<std::pair<StoreTables::SegmentKey, int64_t>,
           std::shared_ptr<const Segment>>
      segments_;
};

}  // namespace causeway::push::simulation

#endif  // CAUSEWAY_TESTS_SIMULATION_SIM_QUEUE_READER_H_
