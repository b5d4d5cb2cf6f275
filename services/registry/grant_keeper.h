#ifndef CAUSEWAY_SERVICES_REGISTRY_GRANT_KEEPER_H_
#define CAUSEWAY_SERVICES_REGISTRY_GRANT_KEEPER_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "services/registry/grant.h"
#include "services/registry/registry_changes.h"
#include "services/registry/registry_store.h"
#include "services/shared/clock/clock.h"
#include "services/shared/matrix/identifiers.h"

namespace causeway::registry {

// How many expired grants one EndExpired() takes care of.
inline constexpr int kExpiredMax = 100;

// Changes what is granted, on behalf of an operator, and ends registrations
// that have lost their grant. Each change is one transaction of the store, with
// its audit record.
//
// Every method may be repeated when its outcome is unknown: the second time it
// finds what the first has done.
//
// `request_id` is what the call has in the logs, `reason` an operator's, within
// kReasonBytesMax. All methods give UNAVAILABLE
// when the database is away, besides their own errors.
//
// Thread-safe. Calls block on the store.
class GrantKeeper {
 public:
  // What must outlive it: `store` and `clock`.
  GrantKeeper(matrix::ServerName server_name, RegistryStore& store,
              const Clock& clock);

  // An equal grant that exists already is returned as it is.
  // INVALID_ARGUMENT as ParseGrant, or when it has expired already.
  // ALREADY_EXISTS (M_UNKNOWN) when the name or the token belongs to another
  // grant.
  absl::StatusOr<Grant> Create(Grant claimed, absl::string_view request_id);

  // What is not there stays as it is.
  struct Update {
    std::string name;
    std::optional<Ceilings> ceilings;
    std::optional<std::string> url_prefix;
    std::optional<std::string> sender_localpart;
    std::optional<bool> allow_broad;
    std::optional<bool> private_networks_allowed;
    std::optional<absl::Time> expire_time;  // InfiniteFuture(): never.
    // What is registered under it may end, if the grant no longer allows it.
    bool unregister = false;
  };
  struct Updated {
    std::string ended_id;  // Whose registration has ended. Empty: nobody's.
    int64_t revision = 0;  // Which consumers have to see; 0: nothing for them.
  };
  // Narrows a grant or widens it. INVALID_ARGUMENT as ParseGrant; NOT_FOUND;
  // FAILED_PRECONDITION when the present registration exceeds what the grant
  // would become, naming an ID that shows it, unless it may end.
  absl::StatusOr<Updated> Apply(const Update& update,
                                absl::string_view request_id,
                                absl::string_view reason = "");

  // Removes a grant and unregisters what registered under it. The revision from
  // which on that is gone; 0 when there was nothing. NOT_FOUND.
  absl::StatusOr<int64_t> Delete(absl::string_view name,
                                 absl::string_view request_id,
                                 absl::string_view reason = "");

  // Ends what is registered under grants that have expired, kExpiredMax at
  // most. The ids of those that it ended.
  absl::StatusOr<std::vector<std::string>> EndExpired();

 private:
  Actor Operator(absl::string_view request_id,
                 absl::string_view reason = "") const;
  absl::Status ApplyIn(RegistryStore::Change& change, const Update& update,
                       const Actor& actor, Updated& result);
  // What becomes of what is registered under `after`, a changed grant.
  absl::Status CarryOver(RegistryStore::Change& change, const Grant& before,
                         const Grant& after, bool unregister,
                         const Actor& actor, Updated& result);

  const matrix::ServerName server_name_;
  RegistryStore& store_;
  const Clock& clock_;
};

}  // namespace causeway::registry

#endif  // CAUSEWAY_SERVICES_REGISTRY_GRANT_KEEPER_H_
