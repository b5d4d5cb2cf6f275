#ifndef CAUSEWAY_SERVICES_REGISTRY_REGISTRY_STATE_H_
#define CAUSEWAY_SERVICES_REGISTRY_REGISTRY_STATE_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "services/registry/appservice.h"
#include "services/registry/registry_store.h"

namespace causeway::registry {

// Everything that is registered as of one revision, in memory, and what led
// there: enough to tell any consumer what it has missed, however slow it is,
// without keeping anything for it.
//
// Immutable, therefore thread-safe. Following states share what hasn't changed.
class RegistryState {
 public:
  // Nothing, revision 0.
  RegistryState() = default;

  // This state after `changes`, which begin where it ends or are whole.
  std::shared_ptr<const RegistryState> After(const Changes& changes) const;

  int64_t revision() const { return revision_; }
  int appservice_count() const { return static_cast<int>(by_revision_.size()); }

  struct Difference {
    // Forget what you had: `updated` is all there is.
    bool reset = false;
    std::vector<std::shared_ptr<const Appservice>> updated;  // By uid.
    std::vector<int64_t> removed_uids;

    bool empty() const {
      return !reset && updated.empty() && removed_uids.empty();
    }
  };
  // What a consumer that stands at revision `since` has to be told to stand at
  // revision(). A reset if that isn't known: it has nothing (0), has been away
  // for more than kRevisionsKept, or the database has been restored from a
  // backup, and what the consumer has never was.
  Difference Since(int64_t since) const;

 private:
  int64_t revision_ = 0;
  std::vector<std::shared_ptr<const Appservice>> by_revision_;
  std::vector<int64_t> known_;  // Ascending, at most kRevisionsKept.
  std::vector<Removal>
      removals_;  // By revision, no older than the first known.
};

}  // namespace causeway::registry

#endif  // CAUSEWAY_SERVICES_REGISTRY_REGISTRY_STATE_H_
