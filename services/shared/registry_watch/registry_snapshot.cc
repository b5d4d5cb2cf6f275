#include "services/shared/registry_watch/registry_snapshot.h"

#include <algorithm>
#include <optional>
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

void AddEntries(absl::string_view server_name, RegistrationHandle handle,
                const Registration& registration,
                std::vector<NamespaceEntry>& entries) {
  for (const Namespace& ns : registration.namespaces) {
    entries.push_back({handle, ns.kind, ns.regex, ns.exclusive});
  }
  if (registration.sender_localpart.empty()) return;
  // As one more namespace, so that one look-up answers everything.
  entries.push_back({handle, NamespaceKind::kUsers,
                     ExactRegex(absl::StrCat("@", registration.sender_localpart,
                                             ":", server_name)),
                     /*exclusive=*/true});
}

// Whether `registration` comes behind all `others`, some of which may be null.
bool IsLast(const Registration& registration,
            absl::Span<const std::shared_ptr<const Registration>> others) {
  const auto last =
      std::find_if(others.rbegin(), others.rend(),
                   [](const auto& other) { return other != nullptr; });
  return last == others.rend() || UidLess(**last, registration);
}

}  // namespace

RegistrySnapshot::RegistrySnapshot()
    : index_(*NamespaceIndex::Build(absl::Span<const NamespaceEntry>())) {}

absl::StatusOr<std::shared_ptr<const RegistrySnapshot>>
RegistrySnapshot::Create(int64_t revision, std::string server_name,
                         std::vector<Registration> registrations) {
  RegistrySnapshot empty;
  empty.server_name_ = std::move(server_name);
  std::vector<std::shared_ptr<const Registration>> all;
  all.reserve(registrations.size());
  for (Registration& registration : registrations) {
    all.push_back(std::make_shared<Registration>(std::move(registration)));
  }
  return empty.After(revision, std::move(all), {});
}

absl::StatusOr<std::shared_ptr<const RegistrySnapshot>> RegistrySnapshot::After(
    int64_t revision, std::vector<std::shared_ptr<const Registration>> updated,
    absl::Span<const std::string> removed_uids) const {
  std::sort(updated.begin(), updated.end(),
            [](const auto& a, const auto& b) { return UidLess(*a, *b); });
  // Not make_shared: the constructor is private.
  std::shared_ptr<RegistrySnapshot> next(new RegistrySnapshot(*this));
  next->revision_ = revision;
  Slots::Changes uids, ids, tokens;
  std::vector<NamespaceEntry> removed, added;

  auto take_out = [&](absl::string_view uid) {
    const int* slot = by_uid_.Find(uid);
    if (slot == nullptr) return;
    std::shared_ptr<const Registration>& registration =
        next->registrations_[*slot];
    if (registration == nullptr) return;
    AddEntries(server_name_, *slot, *registration, removed);
    uids[registration->uid] = std::nullopt;
    ids[registration->id] = std::nullopt;
    tokens[registration->as_token_sha256] = std::nullopt;
    registration = nullptr;
  };
  for (const std::string& uid : removed_uids) take_out(uid);
  for (const auto& registration : updated) take_out(registration->uid);

  bool in_order = true;
  for (auto& registration : updated) {
    const int* known = by_uid_.Find(registration->uid);
    const int slot = known != nullptr
                         ? *known
                         : static_cast<int>(next->registrations_.size());
    if (known == nullptr) {
      in_order = in_order && IsLast(*registration, next->registrations_);
      next->registrations_.emplace_back();
    }
    AddEntries(server_name_, slot, *registration, added);
    uids[registration->uid] = slot;
    ids[registration->id] = slot;
    tokens[registration->as_token_sha256] = slot;
    next->registrations_[slot] = std::move(registration);
  }
  next->by_uid_ = by_uid_.With(std::move(uids));
  next->by_id_ = by_id_.With(std::move(ids));
  next->by_token_sha256_ = by_token_sha256_.With(std::move(tokens));
  CAUSEWAY_ASSIGN_OR_RETURN(next->index_, index_->After(removed, added));
  if (!in_order || next->registrations_.size() > 2 * next->by_uid_.size()) {
    return next->Renumbered();
  }
  return next;
}

absl::StatusOr<std::shared_ptr<const RegistrySnapshot>>
RegistrySnapshot::Renumbered() const {
  RegistrySnapshot empty;
  empty.server_name_ = server_name_;
  std::vector<std::shared_ptr<const Registration>> all = registrations_;
  std::erase(all, nullptr);
  return empty.After(revision_, std::move(all), {});
}

const Registration* RegistrySnapshot::Find(const Slots& slots,
                                           absl::string_view key) const {
  const int* slot = slots.Find(key);
  return slot == nullptr ? nullptr : registrations_[*slot].get();
}

const Registration* RegistrySnapshot::FindByUid(absl::string_view uid) const {
  return Find(by_uid_, uid);
}

const Registration* RegistrySnapshot::FindById(absl::string_view id) const {
  return Find(by_id_, id);
}

const Registration* RegistrySnapshot::FindByTokenSha256(
    absl::string_view sha256) const {
  return Find(by_token_sha256_, sha256);
}

const Registration* RegistrySnapshot::ExclusiveOwner(
    Kind kind, absl::string_view id) const {
  NamespaceHits hits = index_->Match(kind, id);
  for (const NamespaceHit& hit : *hits) {
    if (hit.exclusive) return registrations_[hit.registration].get();
  }
  return nullptr;
}

bool RegistrySnapshot::InNamespace(const Registration& registration, Kind kind,
                                   absl::string_view id) const {
  // By uid, since `registration` may be of an older snapshot.
  const int* self = by_uid_.Find(registration.uid);
  return self != nullptr &&
         namespaces::Includes(index_->Match(kind, id), *self);
}

std::vector<const Registration*> RegistrySnapshot::Interested(
    Kind kind, absl::string_view id) const {
  std::vector<const Registration*> interested;
  NamespaceHits hits = index_->Match(kind, id);
  interested.reserve(hits->size());
  for (const NamespaceHit& hit : *hits) {
    interested.push_back(registrations_[hit.registration].get());
  }
  return interested;
}

NamespaceHits RegistrySnapshot::Match(Kind kind, absl::string_view id) const {
  return index_->Match(kind, id);
}

}  // namespace causeway::registry_watch
