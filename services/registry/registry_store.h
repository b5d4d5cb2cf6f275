#ifndef CAUSEWAY_SERVICES_REGISTRY_REGISTRY_STORE_H_
#define CAUSEWAY_SERVICES_REGISTRY_REGISTRY_STORE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "services/registry/appservice.h"
#include "services/registry/audit.h"
#include "services/registry/grant.h"
#include "services/registry/pending_request.h"

namespace causeway::registry {

// How many revisions are remembered: so far back a consumer may be and still be
// told only what it has missed. Removals are remembered for as long.
inline constexpr int64_t kRevisionsKept = 100'000;

// That of a database in which nothing has happened yet.
inline constexpr int64_t kFirstRevision = 1;

// A uid that is gone, and the revision from which on.
struct Removal {
  int64_t uid = 0;
  int64_t revision = 0;

  bool operator==(const Removal&) const = default;
};

// What lies between two revisions, as the later one has it.
struct Changes {
  int64_t revision = 0;             // The later one.
  std::vector<Appservice> updated;  // By uid.
  std::vector<Removal> removals;    // By revision.
  // `updated` is everything there is, and `removals` and `known` are all that
  // is remembered: the earlier revision is not one of them.
  bool whole = false;
  std::vector<int64_t> known = {};  // The revisions in between, ascending.
};

// A grant and the id of what is registered under it, if anything.
struct GrantInUse {
  Grant grant;
  std::string appservice_id;
};

// What the registry keeps. Thread-safe; calls block.
//
// Every method of both classes gives UNAVAILABLE when the database is away.
class RegistryStore {
 public:
  // One change, all or nothing. While it lasts no other change is under way, in
  // this replica or any other: all of them lock one row, the revision. So what
  // it has read stays true until it is committed, and revisions become visible
  // in their order.
  class Change {
   public:
    virtual ~Change() = default;

    // The registry's revision, as this change will leave it.
    virtual int64_t revision() const = 0;
    // Makes that a later one, which has never been given, nor will be by a
    // database that is restored from a backup. Changes of grants alone don't.
    virtual absl::StatusOr<int64_t> AdvanceRevision() = 0;

    virtual absl::StatusOr<std::optional<Grant>> FindGrant(
        absl::string_view name) = 0;
    virtual absl::StatusOr<std::optional<Grant>> FindGrantByToken(
        absl::string_view as_token_sha256) = 0;
    virtual absl::Status InsertGrant(const Grant& grant) = 0;
    // All but the name, the token and the time of creation.
    virtual absl::Status ReplaceGrant(const Grant& grant) = 0;
    // With its pending request.
    virtual absl::Status DeleteGrant(absl::string_view name) = 0;

    virtual absl::StatusOr<std::optional<Appservice>> FindAppservice(
        absl::string_view id) = 0;
    virtual absl::StatusOr<std::optional<Appservice>> FindAppserviceByGrant(
        absl::string_view grant_name) = 0;
    // As RegistryStore::ListChanges, up to revision().
    virtual absl::StatusOr<Changes> ListChanges(int64_t since) = 0;
    // A uid that has never been given, nor will be by a database that is
    // restored from a backup.
    virtual absl::StatusOr<int64_t> NewUid() = 0;
    // Replaces the one of that uid, if there is one.
    virtual absl::Status PutAppservice(const Appservice& appservice) = 0;
    // Leaves a removal of revision().
    virtual absl::Status RemoveAppservice(int64_t uid) = 0;

    virtual absl::StatusOr<std::optional<PendingRequest>> FindPendingRequest(
        int64_t pending_id) = 0;
    virtual absl::StatusOr<std::optional<PendingRequest>>
    FindPendingRequestByGrant(absl::string_view grant_name) = 0;
    // In place of the one that its grant has, if there is one, and as the
    // newest, under a pending_id of its own. Of all only the newest `kept_max`
    // stay.
    virtual absl::Status PutPendingRequest(const PendingRequest& request,
                                           int kept_max) = 0;
    virtual absl::Status RemovePendingRequest(int64_t pending_id) = 0;

    virtual absl::Status AddAuditRecord(const AuditRecord& record) = 0;
  };

  virtual ~RegistryStore() = default;

  // Commits what `body` has done if it returns OK, else nothing of it. Returns
  // what `body` returned, or why it isn't committed. When the connection breaks
  // during the commit nobody knows; all changes of the registry may be
  // repeated.
  virtual absl::Status Run(absl::FunctionRef<absl::Status(Change&)> body) = 0;

  // NOT_FOUND.
  virtual absl::StatusOr<GrantInUse> GetGrant(absl::string_view name) = 0;
  virtual absl::StatusOr<Grant> GetGrantByToken(
      absl::string_view as_token_sha256) = 0;
  virtual absl::StatusOr<Appservice> GetAppservice(absl::string_view id) = 0;
  virtual absl::StatusOr<Appservice> GetAppserviceByToken(
      absl::string_view as_token_sha256) = 0;

  // Names of grants that have expired by `now` but are in use, those that
  // expired first first.
  virtual absl::StatusOr<std::vector<std::string>> ListExpiredInUse(
      absl::Time now, int count_max) = 0;

  // In bytewise order of name or id, from the first after `after`.
  virtual absl::StatusOr<std::vector<GrantInUse>> ListGrants(
      absl::string_view after, int count_max) = 0;
  virtual absl::StatusOr<std::vector<Appservice>> ListAppservices(
      absl::string_view after, int count_max) = 0;

  // Oldest first, from the first after `after_id`.
  virtual absl::StatusOr<std::vector<PendingRequest>> ListPendingRequests(
      int64_t after_id, int count_max) = 0;

  // Newest first, from the first below `before_id`; 0: from the newest.
  virtual absl::StatusOr<std::vector<StoredAuditRecord>> ListAuditRecords(
      int64_t before_id, int count_max) = 0;

  // What has changed since the revision `since`; everything there is with 0, or
  // with one that isn't known: it is too old, or the database was restored from
  // a backup and what was seen of it never was. As of one moment.
  virtual absl::StatusOr<Changes> ListChanges(int64_t since) = 0;
};

}  // namespace causeway::registry

#endif  // CAUSEWAY_SERVICES_REGISTRY_REGISTRY_STORE_H_
