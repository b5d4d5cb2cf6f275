#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_INGEST_REGISTRY_APPLIER_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_INGEST_REGISTRY_APPLIER_H_

#include <cstdint>
#include <functional>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/push_dispatcher/core/interest.h"
#include "services/push_dispatcher/store/ingest_store.h"
#include "services/shared/registry_watch/latest_snapshot.h"
#include "services/shared/registry_watch/registry_snapshot.h"

namespace causeway::push {

// Puts the registry's revisions in force here, each at one position of every
// source (hard case 5): events before it are matched against the old
// registrations, events behind it against the new.
//
// Only the ingest thread whose turn it is calls it, between two batches. What
// is in force can be read, and waited for, by anybody in the LatestSnapshot
// given as `applied`.
class RegistryApplier {
 public:
  // Told of each application, and whether somebody may have gone with it, or
  // have no URL now: this process may still hold the queue, whoever dropped it.
  using Listener =
      std::function<void(const AppliedRegistry&, bool may_have_gone)>;

  // All must outlive the applier. `latest` is what the registry has told;
  // `applied` is written here alone.
  RegistryApplier(IngestStore& store,
                  const registry_watch::LatestSnapshot& latest,
                  registry_watch::LatestSnapshot& applied, Listener listener);

  // Applies what the registry has told last, unless that is in force already.
  // Blocks. UNAVAILABLE: the database is away, the registry hasn't told
  // anything yet, or another replica has put a later revision in force than
  // this one knows.
  absl::Status CatchUp();

  // Whether CatchUp() has something to do.
  bool Behind() const;

  // Nothing is in force, as far as is known: CatchUp() applies it all again.
  void Forget() { rules_.reset(); }

  // What is in force. Null before the first success of CatchUp().
  const std::shared_ptr<const InterestRules>& rules() const { return rules_; }

 private:
  struct Written {
    AppliedRegistry applied;
    bool may_have_gone = true;
  };
  // Only what differs from what is in force is written, unless the store
  // doesn't know that.
  absl::StatusOr<Written> Write(
      const registry_watch::RegistrySnapshot& snapshot);

  IngestStore& store_;
  const registry_watch::LatestSnapshot& latest_;
  registry_watch::LatestSnapshot& applied_;
  const Listener listener_;
  std::shared_ptr<const InterestRules> rules_;
};

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_INGEST_REGISTRY_APPLIER_H_
