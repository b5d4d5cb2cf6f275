#ifndef CAUSEWAY_SERVICES_SHARED_REGISTRY_WATCH_WATCH_ASSEMBLER_H_
#define CAUSEWAY_SERVICES_SHARED_REGISTRY_WATCH_WATCH_ASSEMBLER_H_

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "causeway/registry/v1/registry.pb.h"
#include "services/shared/registry_watch/registry_snapshot.h"

namespace causeway::registry_watch {

// Makes snapshots out of the messages of Registry.Watch. What a revision says
// counts only as a whole: when a stream breaks in the middle of one, nothing of
// it has happened, and revision() is still the one to go on from.
//
// Thread-compatible.
class WatchAssembler {
 public:
  // The last complete one; what to ask the registry to go on from.
  int64_t revision() const { return revision_; }

  // A new stream begins: forgets the incomplete revision.
  void StartStream();

  // Takes in the next message of the stream. Null when it brings nothing to
  // publish: more of the revision follows, or it only shows that the registry
  // lives. Errors as RegistrySnapshot::Create; the revision is taken in all
  // the same, so that a later one may mend it.
  absl::StatusOr<std::shared_ptr<const RegistrySnapshot>> Take(
      registry::v1::WatchResponse message);

 private:
  void Apply(const registry::v1::WatchResponse& message);

  int64_t revision_ = 0;
  // The last usable one, and how revision() differs from it.
  std::shared_ptr<const RegistrySnapshot> usable_ =
      std::make_shared<RegistrySnapshot>();
  std::map<std::string, std::shared_ptr<const Registration>>
      updated_;  // By uid
  std::set<std::string> removed_uids_;
  std::vector<registry::v1::WatchResponse> incomplete_;
};

}  // namespace causeway::registry_watch

#endif  // CAUSEWAY_SERVICES_SHARED_REGISTRY_WATCH_WATCH_ASSEMBLER_H_
