#include "services/shared/registry_watch/registry_snapshot.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "services/shared/status/status_macros.h"

namespace causeway::registry_watch {
namespace {

using namespaces::NamespaceEntry;
using namespaces::NamespaceHit;
using namespaces::NamespaceHits;
using namespaces::NamespaceIndex;
using namespaces::NamespaceKind;
using namespaces::RegistrationHandle;

// Uids are decimal numbers without leading zeros, so a longer one is larger.
bool UidLess(const Registration& a, const Registration& b) {
  return std::make_pair(a.uid.size(), absl::string_view(a.uid)) <
         std::make_pair(b.uid.size(), absl::string_view(b.uid));
}

// A regex that matches `text` and nothing else.
std::string ExactRegex(absl::string_view text) {
  std::string regex;
  for (char c : text) {
    if (absl::StrContains(R"(\.[]{}()*+?^$|)", c)) regex.push_back('\\');
    regex.push_back(c);
  }
  regex.push_back('$');
  return regex;
}

std::vector<NamespaceEntry> Entries(
    absl::string_view server_name,
    const std::vector<Registration>& registrations) {
  std::vector<NamespaceEntry> entries;
  for (RegistrationHandle handle = 0; handle < registrations.size(); ++handle) {
    const Registration& registration = registrations[handle];
    for (const Namespace& ns : registration.namespaces) {
      entries.push_back({handle, ns.kind, ns.regex, ns.exclusive});
    }
    if (registration.sender_localpart.empty()) continue;
    // As one more namespace, so that one look-up answers everything.
    entries.push_back(
        {handle, NamespaceKind::kUsers,
         ExactRegex(absl::StrCat("@", registration.sender_localpart, ":",
                                 server_name)),
         /*exclusive=*/true});
  }
  return entries;
}

const Registration* Find(const absl::flat_hash_map<std::string, int>& indexes,
                         const std::vector<Registration>& registrations,
                         absl::string_view key) {
  auto it = indexes.find(key);
  return it == indexes.end() ? nullptr : &registrations[it->second];
}

}  // namespace

RegistrySnapshot::RegistrySnapshot()
    : index_(*NamespaceIndex::Build(absl::Span<const NamespaceEntry>())) {}

RegistrySnapshot::RegistrySnapshot(int64_t revision, std::string server_name,
                                   std::vector<Registration> registrations,
                                   std::shared_ptr<const NamespaceIndex> index)
    : revision_(revision),
      server_name_(std::move(server_name)),
      registrations_(std::move(registrations)),
      index_(std::move(index)) {
  for (int i = 0; i < static_cast<int>(registrations_.size()); ++i) {
    by_uid_[registrations_[i].uid] = i;
    by_id_[registrations_[i].id] = i;
    by_token_sha256_[registrations_[i].as_token_sha256] = i;
  }
}

absl::StatusOr<std::shared_ptr<const RegistrySnapshot>>
RegistrySnapshot::Create(int64_t revision, std::string server_name,
                         std::vector<Registration> registrations) {
  std::sort(registrations.begin(), registrations.end(), UidLess);
  CAUSEWAY_ASSIGN_OR_RETURN(
      std::shared_ptr<const NamespaceIndex> index,
      NamespaceIndex::Build(Entries(server_name, registrations)));
  // Not make_shared: the constructor is private.
  return std::shared_ptr<const RegistrySnapshot>(
      new RegistrySnapshot(revision, std::move(server_name),
                           std::move(registrations), std::move(index)));
}

const Registration* RegistrySnapshot::FindByUid(absl::string_view uid) const {
  return Find(by_uid_, registrations_, uid);
}

const Registration* RegistrySnapshot::FindById(absl::string_view id) const {
  return Find(by_id_, registrations_, id);
}

const Registration* RegistrySnapshot::FindByTokenSha256(
    absl::string_view sha256) const {
  return Find(by_token_sha256_, registrations_, sha256);
}

const Registration* RegistrySnapshot::ExclusiveOwner(
    Kind kind, absl::string_view id) const {
  NamespaceHits hits = index_->Match(kind, id);
  for (const NamespaceHit& hit : *hits) {
    if (hit.exclusive) return &registrations_[hit.registration];
  }
  return nullptr;
}

bool RegistrySnapshot::InNamespace(const Registration& registration, Kind kind,
                                   absl::string_view id) const {
  // By uid, since `registration` may be of an older snapshot.
  auto self = by_uid_.find(registration.uid);
  return self != by_uid_.end() &&
         namespaces::Includes(index_->Match(kind, id), self->second);
}

std::vector<const Registration*> RegistrySnapshot::Interested(
    Kind kind, absl::string_view id) const {
  std::vector<const Registration*> interested;
  NamespaceHits hits = index_->Match(kind, id);
  interested.reserve(hits->size());
  for (const NamespaceHit& hit : *hits) {
    interested.push_back(&registrations_[hit.registration]);
  }
  return interested;
}

NamespaceHits RegistrySnapshot::Match(Kind kind, absl::string_view id) const {
  return index_->Match(kind, id);
}

}  // namespace causeway::registry_watch
