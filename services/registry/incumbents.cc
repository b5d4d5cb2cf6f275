#include "services/registry/incumbents.h"

#include <utility>

#include "absl/strings/match.h"
#include "services/shared/namespaces/regex_syntax.h"
#include "services/shared/status/status_macros.h"

namespace causeway::registry {

Incumbents::Incumbents(matrix::ServerName server_name)
    : server_name_(std::move(server_name)) {}

absl::Status Incumbents::CatchUp(RegistryStore::Change& change) {
  if (change.revision() == revision_) return absl::OkStatus();
  CAUSEWAY_ASSIGN_OR_RETURN(const Changes changes,
                            change.ListChanges(revision_));
  return TakeIn(changes);
}

absl::Status Incumbents::TakeIn(const Changes& changes) {
  if (changes.whole) Clear();
  // First all that goes: somebody else may have taken its name since.
  for (const Removal& removal : changes.removals) Remove(removal.uid);
  for (const Appservice& appservice : changes.updated) Remove(appservice.uid);
  for (const Appservice& appservice : changes.updated) {
    CAUSEWAY_RETURN_IF_ERROR(Put(appservice));
  }
  revision_ = changes.revision;
  return absl::OkStatus();
}

absl::Status Incumbents::Put(const Appservice& appservice) {
  absl::StatusOr<std::vector<Item>> items = ListItems(appservice.registration);
  if (!items.ok()) {
    Clear();
    return items.status();
  }
  Remove(appservice.uid);
  auto incumbent = std::make_shared<const Incumbent>(Incumbent{
      appservice.registration, appservice.grant_name, *std::move(items)});
  const std::shared_ptr<const Registration> owner(incumbent,
                                                  &incumbent->registration);
  for (const Item& item : incumbent->items) {
    Alike& alike = by_prefix_[static_cast<size_t>(item.kind)][item.prefix];
    ++alike.regexes[item.regex];
    if (!item.exclusive) continue;
    Reserved reserved = {.owner = owner,
                         .grant_name = incumbent->grant_name,
                         .regex = item.regex,
                         .number = ++last_number_};
    if (item.regex.empty()) reserved.own_user = item.prefix;
    alike.reserved.push_back(std::move(reserved));
  }
  by_id_[owner->id] = owner.get();
  by_sender_[owner->sender_localpart] = owner.get();
  by_uid_[appservice.uid] = std::move(incumbent);
  return absl::OkStatus();
}

void Incumbents::Remove(int64_t uid) {
  auto found = by_uid_.find(uid);
  if (found == by_uid_.end()) return;
  const Registration& registration = found->second->registration;
  for (const Item& item : found->second->items) {
    ByPrefix& by_prefix = by_prefix_[static_cast<size_t>(item.kind)];
    auto alike = by_prefix.find(item.prefix);
    std::erase_if(alike->second.reserved,
                  [&registration](const Reserved& reserved) {
                    return reserved.owner.get() == &registration;
                  });
    auto regex = alike->second.regexes.find(item.regex);
    if (--regex->second == 0) alike->second.regexes.erase(regex);
    if (alike->second.regexes.empty()) by_prefix.erase(alike);
  }
  by_id_.erase(registration.id);
  by_sender_.erase(registration.sender_localpart);
  by_uid_.erase(found);
}

const Registration* Incumbents::FindById(absl::string_view id) const {
  auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : found->second;
}

const Registration* Incumbents::FindBySender(
    absl::string_view localpart) const {
  auto found = by_sender_.find(localpart);
  return found == by_sender_.end() ? nullptr : found->second;
}

std::vector<Incumbents::Reserved> Incumbents::FindReserved(
    Kind kind, absl::string_view prefix) const {
  std::vector<Reserved> result;
  auto add = [&result](const Alike& alike) {
    result.insert(result.end(), alike.reserved.begin(), alike.reserved.end());
  };
  for (size_t length = 0; length < prefix.size(); ++length) {
    const Alike* alike = FindAlike(kind, prefix.substr(0, length));
    if (alike != nullptr) add(*alike);
  }
  const ByPrefix& by_prefix = by_prefix_[static_cast<size_t>(kind)];
  for (auto it = by_prefix.lower_bound(prefix);
       it != by_prefix.end() && absl::StartsWith(it->first, prefix); ++it) {
    add(it->second);
  }
  return result;
}

size_t Incumbents::CountRegexes(Kind kind, absl::string_view prefix) const {
  const Alike* alike = FindAlike(kind, prefix);
  return alike == nullptr ? 0 : alike->regexes.size();
}

bool Incumbents::HasRegex(Kind kind, absl::string_view prefix,
                          absl::string_view regex) const {
  const Alike* alike = FindAlike(kind, prefix);
  return alike != nullptr && alike->regexes.contains(regex);
}

absl::StatusOr<std::vector<Incumbents::Item>> Incumbents::ListItems(
    const Registration& registration) const {
  CAUSEWAY_ASSIGN_OR_RETURN(
      const matrix::UserId own_user,
      matrix::UserId::Make(registration.sender_localpart, server_name_));
  std::vector<Item> items = {
      {.kind = Kind::kUsers, .prefix = own_user.str(), .regex = ""}};
  for (const Namespace& ns : registration.namespaces) {
    CAUSEWAY_ASSIGN_OR_RETURN(std::string prefix,
                              namespaces::LiteralPrefixOf(ns.regex));
    items.push_back({.kind = ns.kind,
                     .prefix = std::move(prefix),
                     .regex = ns.regex,
                     .exclusive = ns.exclusive});
  }
  return items;
}

void Incumbents::Clear() {
  revision_ = 0;
  for (ByPrefix& by_prefix : by_prefix_) by_prefix.clear();
  by_id_.clear();
  by_sender_.clear();
  by_uid_.clear();
}

const Incumbents::Alike* Incumbents::FindAlike(Kind kind,
                                               absl::string_view prefix) const {
  const ByPrefix& by_prefix = by_prefix_[static_cast<size_t>(kind)];
  auto found = by_prefix.find(prefix);
  return found == by_prefix.end() ? nullptr : &found->second;
}

}  // namespace causeway::registry
