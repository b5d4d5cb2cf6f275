#include "services/shared/namespaces/namespace_index.h"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "services/shared/containers/shared_map.h"
#include "services/shared/matrix/utf8.h"
#include "services/shared/namespaces/hit_memo.h"
#include "services/shared/namespaces/merged_hits.h"
#include "services/shared/namespaces/namespace_kind.h"
#include "services/shared/namespaces/namespace_pattern.h"
#include "services/shared/namespaces/regex_syntax.h"
#include "services/shared/status/status_macros.h"

namespace causeway::namespaces {
namespace {

// Without a count of references: `hits` is the index's own.
NamespaceHits Unowned(const std::vector<NamespaceHit>& hits) {
  return NamespaceHits(std::shared_ptr<void>(), &hits);
}

NamespaceHits NoHits() {
  static const auto& none = *new std::vector<NamespaceHit>();
  return Unowned(none);
}

// Sorts, and merges what one registration has several times.
void Tidy(std::vector<NamespaceHit>& hits) {
  std::sort(hits.begin(), hits.end(),
            [](const NamespaceHit& a, const NamespaceHit& b) {
              if (a.registration != b.registration) {
                return a.registration < b.registration;
              }
              return a.exclusive > b.exclusive;  // The first of equals stays.
            });
  hits.erase(std::unique(hits.begin(), hits.end(),
                         [](const NamespaceHit& a, const NamespaceHit& b) {
                           return a.registration == b.registration;
                         }),
             hits.end());
}

// One regex, and all registrations that have it.
struct Shared {
  std::shared_ptr<const NamespacePattern> pattern;
  std::vector<NamespaceHit> owners;  // As they came.
  std::vector<NamespaceHit> hits;    // Of an ID that no other regex matches.
};

// All that has one literal prefix.
using Alike = std::vector<Shared>;

Alike::iterator Find(Alike& alike, absl::string_view regex) {
  return std::find_if(alike.begin(), alike.end(),
                      [regex](const Shared& shared) {
                        return shared.pattern->regex() == regex;
                      });
}

absl::Status Add(const NamespaceEntry& entry, absl::string_view prefix,
                 Alike& alike) {
  auto shared = Find(alike, entry.regex);
  if (shared == alike.end()) {
    CAUSEWAY_ASSIGN_OR_RETURN(NamespacePattern pattern,
                              NamespacePattern::Compile(entry.regex));
    if (alike.size() == kPatternsPerPrefixMax) {
      return TooManyAlike(entry.kind, entry.regex, prefix);
    }
    shared = alike.insert(
        alike.end(),
        {std::make_shared<const NamespacePattern>(std::move(pattern)), {}, {}});
  }
  shared->owners.push_back({entry.registration, entry.exclusive});
  return absl::OkStatus();
}

void Remove(const NamespaceEntry& entry, Alike& alike) {
  auto shared = Find(alike, entry.regex);
  if (shared == alike.end()) return;
  auto owner = std::find(shared->owners.begin(), shared->owners.end(),
                         NamespaceHit{entry.registration, entry.exclusive});
  if (owner != shared->owners.end()) shared->owners.erase(owner);
  if (shared->owners.empty()) alike.erase(shared);
}

}  // namespace

struct NamespaceIndex::Table {
  NamespaceHits Match(absl::string_view id) const;

  containers::SharedMap<std::shared_ptr<const Alike>> by_prefix;
  absl::btree_map<size_t, int> prefix_lengths;  // How many have each.
};

NamespaceHits NamespaceIndex::Table::Match(absl::string_view id) const {
  const Shared* only = nullptr;
  std::vector<NamespaceHit> merged;  // As soon as there are two.
  for (const auto& [length, count] : prefix_lengths) {
    if (length > id.size()) break;
    const auto* alike = by_prefix.Find(id.substr(0, length));
    if (alike == nullptr) continue;
    for (const Shared& shared : **alike) {
      if (!shared.pattern->Matches(id)) continue;
      if (only == nullptr) {
        only = &shared;
        continue;
      }
      if (merged.empty()) merged = only->hits;
      merged.insert(merged.end(), shared.hits.begin(), shared.hits.end());
    }
  }
  if (only == nullptr) return NoHits();
  if (merged.empty()) return Unowned(only->hits);
  Tidy(merged);
  return std::make_shared<const std::vector<NamespaceHit>>(std::move(merged));
}

// One kind's part of a change: what it touches is copied once, when it is.
class NamespaceIndex::TableChange {
 public:
  explicit TableChange(std::shared_ptr<const Table> before)
      : before_(std::move(before)) {}

  absl::Status Remove(const NamespaceEntry& entry) {
    CAUSEWAY_ASSIGN_OR_RETURN(const std::string prefix,
                              LiteralPrefixOf(entry.regex));
    namespaces::Remove(entry, Touch(prefix));
    return absl::OkStatus();
  }

  absl::Status Add(const NamespaceEntry& entry) {
    CAUSEWAY_ASSIGN_OR_RETURN(const std::string prefix,
                              LiteralPrefixOf(entry.regex));
    return namespaces::Add(entry, prefix, Touch(prefix));
  }

  std::shared_ptr<const Table> Finish() {
    if (touched_.empty()) return before_;
    auto after = std::make_shared<Table>(*before_);
    decltype(after->by_prefix)::Changes changes;
    for (auto& [prefix, alike] : touched_) {
      int& count = after->prefix_lengths[prefix.size()];
      if (before_->by_prefix.Find(prefix) != nullptr) --count;
      if (!alike.empty()) ++count;
      if (count == 0) after->prefix_lengths.erase(prefix.size());
      auto& change = changes[prefix];
      if (alike.empty()) continue;
      for (Shared& shared : alike) {
        shared.hits = shared.owners;
        Tidy(shared.hits);
      }
      change = std::make_shared<const Alike>(std::move(alike));
    }
    after->by_prefix = after->by_prefix.With(std::move(changes));
    return after;
  }

 private:
  Alike& Touch(const std::string& prefix) {
    auto [place, is_new] = touched_.try_emplace(prefix);
    if (is_new) {
      const auto* alike = before_->by_prefix.Find(prefix);
      if (alike != nullptr) place->second = **alike;
    }
    return place->second;
  }

  const std::shared_ptr<const Table> before_;
  absl::flat_hash_map<std::string, Alike> touched_;
};

absl::StatusOr<std::shared_ptr<const NamespaceIndex>> NamespaceIndex::Build(
    Options options, absl::Span<const NamespaceEntry> entries) {
  return NamespaceIndex(options, Tables(kNamespaceKindCount,
                                        std::make_shared<const Table>()))
      .After({}, entries);
}

absl::StatusOr<std::shared_ptr<const NamespaceIndex>> NamespaceIndex::Build(
    absl::Span<const NamespaceEntry> entries) {
  return Build(Options(), entries);
}

absl::StatusOr<std::shared_ptr<const NamespaceIndex>> NamespaceIndex::After(
    absl::Span<const NamespaceEntry> removed,
    absl::Span<const NamespaceEntry> added) const {
  std::vector<TableChange> changes(tables_.begin(), tables_.end());
  for (const NamespaceEntry& entry : removed) {
    CAUSEWAY_RETURN_IF_ERROR(
        changes[static_cast<size_t>(entry.kind)].Remove(entry));
  }
  for (const NamespaceEntry& entry : added) {
    CAUSEWAY_RETURN_IF_ERROR(
        changes[static_cast<size_t>(entry.kind)].Add(entry));
  }
  Tables tables;
  for (TableChange& change : changes) tables.push_back(change.Finish());
  return std::shared_ptr<const NamespaceIndex>(
      new NamespaceIndex(options_, std::move(tables)));
}

NamespaceIndex::NamespaceIndex(Options options, Tables tables)
    : options_(options),
      tables_(std::move(tables)),
      merged_(options.memo_ids_max > 0 ? std::make_unique<MergedHits>()
                                       : nullptr),
      memo_(options.memo_ids_max > 0
                ? std::make_unique<HitMemo>(options.memo_ids_max)
                : nullptr) {}

NamespaceIndex::~NamespaceIndex() = default;

NamespaceHits NamespaceIndex::Match(NamespaceKind kind,
                                    absl::string_view id) const {
  if (memo_ != nullptr) {
    if (const auto* hits = memo_->Find(kind, id); hits != nullptr) {
      return Unowned(*hits);
    }
  }
  NamespaceHits hits = tables_[static_cast<size_t>(kind)]->Match(id);
  if (memo_ == nullptr) return hits;
  // One that was made for the purpose has to stay for as long as the memo.
  const auto* kept = hits.use_count() == 0 ? hits.get() : merged_->Keep(*hits);
  if (kept == nullptr) return hits;
  memo_->Insert(kind, id, *kept);
  return Unowned(*kept);
}

absl::Status TooManyAlike(NamespaceKind kind, absl::string_view regex,
                          absl::string_view prefix) {
  return absl::ResourceExhaustedError(
      absl::StrCat(FieldName(kind), " ", matrix::Quote(regex),
                   ": there are already ", kPatternsPerPrefixMax,
                   " namespaces that begin with ", matrix::Quote(prefix)));
}

bool IsReservedForOther(const NamespaceHits& hits,
                        std::optional<RegistrationHandle> self) {
  return std::any_of(hits->begin(), hits->end(), [&](const NamespaceHit& hit) {
    return hit.exclusive && hit.registration != self;
  });
}

bool Includes(const NamespaceHits& hits, RegistrationHandle self) {
  return std::any_of(hits->begin(), hits->end(), [&](const NamespaceHit& hit) {
    return hit.registration == self;
  });
}

}  // namespace causeway::namespaces
