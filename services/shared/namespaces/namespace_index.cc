#include "services/shared/namespaces/namespace_index.h"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/btree_set.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "services/shared/matrix/utf8.h"
#include "services/shared/namespaces/hit_memo.h"
#include "services/shared/namespaces/namespace_kind.h"
#include "services/shared/namespaces/namespace_pattern.h"
#include "services/shared/status/status_macros.h"

namespace causeway::namespaces {
namespace {

// Has no reference count, which all threads would share for most IDs.
NamespaceHits NoHits() {
  static const auto& none = *new std::vector<NamespaceHit>();
  return NamespaceHits(std::shared_ptr<void>(), &none);
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

}  // namespace

// Built by one thread, then only read.
struct NamespaceIndex::Table {
  // One regex, and all registrations that have it.
  struct Shared {
    NamespacePattern pattern;
    std::vector<NamespaceHit> owners;
  };

  absl::Status Add(const NamespaceEntry& entry);
  NamespaceHits Match(absl::string_view id) const;

  std::vector<Shared> patterns;
  absl::flat_hash_map<std::string, size_t> by_regex;
  absl::flat_hash_map<std::string, std::vector<size_t>> by_prefix;
  absl::btree_set<size_t> prefix_lengths;
};

absl::Status NamespaceIndex::Table::Add(const NamespaceEntry& entry) {
  auto known = by_regex.find(entry.regex);
  if (known == by_regex.end()) {
    CAUSEWAY_ASSIGN_OR_RETURN(NamespacePattern pattern,
                              NamespacePattern::Compile(entry.regex));
    const std::string& prefix = pattern.literal_prefix();
    std::vector<size_t>& neighbours = by_prefix[prefix];
    if (neighbours.size() == kPatternsPerPrefixMax) {
      return absl::ResourceExhaustedError(
          absl::StrCat(FieldName(entry.kind), " ", matrix::Quote(entry.regex),
                       ": there are already ", kPatternsPerPrefixMax,
                       " namespaces that begin with ", matrix::Quote(prefix)));
    }
    prefix_lengths.insert(prefix.size());
    neighbours.push_back(patterns.size());
    known = by_regex.emplace(entry.regex, patterns.size()).first;
    patterns.push_back({std::move(pattern), {}});
  }
  patterns[known->second].owners.push_back(
      {entry.registration, entry.exclusive});
  return absl::OkStatus();
}

NamespaceHits NamespaceIndex::Table::Match(absl::string_view id) const {
  std::vector<NamespaceHit> hits;
  for (size_t length : prefix_lengths) {
    if (length > id.size()) break;
    auto found = by_prefix.find(id.substr(0, length));
    if (found == by_prefix.end()) continue;
    for (size_t pattern_index : found->second) {
      const Shared& shared = patterns[pattern_index];
      if (!shared.pattern.Matches(id)) continue;
      hits.insert(hits.end(), shared.owners.begin(), shared.owners.end());
    }
  }
  if (hits.empty()) return NoHits();
  Tidy(hits);
  return std::make_shared<const std::vector<NamespaceHit>>(std::move(hits));
}

absl::StatusOr<std::shared_ptr<const NamespaceIndex>> NamespaceIndex::Build(
    Options options, absl::Span<const NamespaceEntry> entries) {
  std::vector<std::unique_ptr<Table>> tables(kNamespaceKindCount);
  for (std::unique_ptr<Table>& table : tables) {
    table = std::make_unique<Table>();
  }
  for (const NamespaceEntry& entry : entries) {
    CAUSEWAY_RETURN_IF_ERROR(
        tables[static_cast<size_t>(entry.kind)]->Add(entry));
  }
  return std::shared_ptr<const NamespaceIndex>(
      new NamespaceIndex(options, std::move(tables)));
}

absl::StatusOr<std::shared_ptr<const NamespaceIndex>> NamespaceIndex::Build(
    absl::Span<const NamespaceEntry> entries) {
  return Build(Options(), entries);
}

NamespaceIndex::NamespaceIndex(Options options,
                               std::vector<std::unique_ptr<Table>> tables)
    : tables_(std::move(tables)),
      memo_(options.memo_ids_max > 0
                ? std::make_unique<HitMemo>(options.memo_ids_max)
                : nullptr) {}

NamespaceIndex::~NamespaceIndex() = default;

NamespaceHits NamespaceIndex::Match(NamespaceKind kind,
                                    absl::string_view id) const {
  if (memo_ != nullptr) {
    if (NamespaceHits hits = memo_->Find(kind, id); hits != nullptr) {
      return hits;
    }
  }
  NamespaceHits hits = tables_[static_cast<size_t>(kind)]->Match(id);
  if (memo_ != nullptr) memo_->Insert(kind, id, hits);
  return hits;
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
