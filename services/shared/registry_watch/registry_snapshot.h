#ifndef CAUSEWAY_SERVICES_SHARED_REGISTRY_WATCH_REGISTRY_SNAPSHOT_H_
#define CAUSEWAY_SERVICES_SHARED_REGISTRY_WATCH_REGISTRY_SNAPSHOT_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "services/shared/containers/shared_map.h"
#include "services/shared/namespaces/namespace_index.h"
#include "services/shared/namespaces/namespace_kind.h"
#include "services/shared/registry_watch/registration.h"

namespace causeway::registry_watch {

// Every registration as of one revision of the registry, and the answers to
// what the other services ask of it.
//
// Exclusivity is any-match: an exclusive namespace that matches an ID makes its
// application service the owner, however many others match too. The registry
// lets no two exclusive ones overlap, so there is one owner at most. An
// application service's own user, "@sender_localpart:server_name", counts as
// exclusively its own in every question, whether or not a namespace says so.
// Source: https://spec.matrix.org/v1.17/application-service-api/#registration
//
// IDs are whole ("@bob:hs.test") and valid UTF-8, as matrix/identifiers.h
// guarantees.
//
// Immutable, therefore thread-safe. Pointers live as long as the snapshot; what
// a following one has unchanged it shares.
class RegistrySnapshot {
 public:
  using Kind = namespaces::NamespaceKind;

  // No registrations, revision 0.
  RegistrySnapshot();

  // `registrations` have different uids, ids, tokens and senders.
  // INVALID_ARGUMENT, RESOURCE_EXHAUSTED as NamespaceIndex::Build: the registry
  // wouldn't have taken such namespaces.
  static absl::StatusOr<std::shared_ptr<const RegistrySnapshot>> Create(
      int64_t revision, std::string server_name,
      std::vector<Registration> registrations);

  // The snapshot of a later revision, in which `updated` are new or replaced
  // and `removed_uids` are gone. Costs little more than the change is large.
  // Errors as Create().
  absl::StatusOr<std::shared_ptr<const RegistrySnapshot>> After(
      int64_t revision,
      std::vector<std::shared_ptr<const Registration>> updated,
      absl::Span<const std::string> removed_uids) const;

  int64_t revision() const { return revision_; }
  // Of the homeserver; the registry tells it. Empty before the first revision.
  const std::string& server_name() const { return server_name_; }
  // In the order in which they first registered. Null where one has gone.
  const std::vector<std::shared_ptr<const Registration>>& registrations()
      const {
    return registrations_;
  }
  int64_t registration_count() const {
    return static_cast<int64_t>(by_uid_.size());
  }

  // Null when there is none.
  const Registration* FindByUid(absl::string_view uid) const;
  const Registration* FindById(absl::string_view id) const;
  const Registration* FindByTokenSha256(absl::string_view sha256) const;

  // The one that alone may create `id`. Null: anybody may.
  const Registration* ExclusiveOwner(Kind kind, absl::string_view id) const;

  // Whether `id` concerns `registration`, one of a snapshot of this registry:
  // for a user ID, whether it may act as that user.
  bool InNamespace(const Registration& registration, Kind kind,
                   absl::string_view id) const;

  // All that `id` concerns, exclusively or not, in the order of
  // registrations(), each once.
  std::vector<const Registration*> Interested(Kind kind,
                                              absl::string_view id) const;

  // The same without allocating, for hot paths: NamespaceHit::registration is
  // an index of registrations(). Never null.
  namespaces::NamespaceHits Match(Kind kind, absl::string_view id) const;

 private:
  using Slots = containers::SharedMap<int>;  // Indexes of registrations_.

  RegistrySnapshot(const RegistrySnapshot&) = default;

  // The same without gaps and in order.
  absl::StatusOr<std::shared_ptr<const RegistrySnapshot>> Renumbered() const;
  const Registration* Find(const Slots& slots, absl::string_view key) const;

  int64_t revision_ = 0;
  std::string server_name_;
  std::vector<std::shared_ptr<const Registration>> registrations_;
  Slots by_uid_;
  Slots by_id_;
  Slots by_token_sha256_;
  // Namespaces and own users alike.
  std::shared_ptr<const namespaces::NamespaceIndex> index_;
};

}  // namespace causeway::registry_watch

#endif  // CAUSEWAY_SERVICES_SHARED_REGISTRY_WATCH_REGISTRY_SNAPSHOT_H_
