// Which registrations have an ID in their namespaces, out of thousands, within
// a microsecond.
//
// Patterns are kept by what they begin with: an ID looks up each of its own
// beginnings, and RE2 verifies the few patterns found there. A tenant can't
// make every look-up slow for the others: patterns that share a beginning (or
// have none, such as `@.*_bot`) are all tried, so their number is bounded.
// In front of that stands a memo of recent IDs (hit_memo.h), since the same few
// senders and rooms come again and again.
#ifndef CAUSEWAY_SERVICES_SHARED_NAMESPACES_NAMESPACE_INDEX_H_
#define CAUSEWAY_SERVICES_SHARED_NAMESPACES_NAMESPACE_INDEX_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "services/shared/namespaces/namespace_kind.h"

namespace causeway::namespaces {

// Different regexes of one kind with the same literal beginning. Measured: a
// pattern that must be tried costs about 0.2 us for each ID that begins so.
inline constexpr size_t kPatternsPerPrefixMax = 256;

// The caller's number for a registration, such as its index in a snapshot.
using RegistrationHandle = uint32_t;

struct NamespaceEntry {
  RegistrationHandle registration = 0;
  NamespaceKind kind = NamespaceKind::kUsers;
  std::string regex;
  bool exclusive = false;
};

struct NamespaceHit {
  RegistrationHandle registration = 0;
  // Whether any matching namespace of the registration is exclusive: a wide
  // non-exclusive pattern never hides an exclusive one.
  bool exclusive = false;

  bool operator==(const NamespaceHit&) const = default;
  template <typename H>
  friend H AbslHashValue(H state, const NamespaceHit& hit) {
    return H::combine(std::move(state), hit.registration, hit.exclusive);
  }
};

// Ordered by registration, each once. Never null. Mostly a list of the index's
// own without a count of references, which all threads would share: not to be
// used when the index is gone.
using NamespaceHits = std::shared_ptr<const std::vector<NamespaceHit>>;

class HitMemo;
class MergedHits;

// Immutable but for the memo. Thread-safe. Match() never waits: a place of the
// memo that another thread is writing is passed by.
class NamespaceIndex {
 public:
  struct Options {
    // IDs remembered, over all kinds, in 64 bytes each. 0 turns the memo off.
    size_t memo_ids_max = 32768;
  };

  // INVALID_ARGUMENT as NamespacePattern::Compile; RESOURCE_EXHAUSTED
  // (TooManyAlike) above kPatternsPerPrefixMax. The registry checks both before
  // it stores a registration, so its readers never see either.
  static absl::StatusOr<std::shared_ptr<const NamespaceIndex>> Build(
      Options options, absl::Span<const NamespaceEntry> entries);
  static absl::StatusOr<std::shared_ptr<const NamespaceIndex>> Build(
      absl::Span<const NamespaceEntry> entries);

  // This index without `removed`, which are in it, and with `added`. Shares
  // what hasn't changed, compiled patterns above all, so it costs no more than
  // the change is large. The memo begins empty. Errors as Build().
  absl::StatusOr<std::shared_ptr<const NamespaceIndex>> After(
      absl::Span<const NamespaceEntry> removed,
      absl::Span<const NamespaceEntry> added) const;

  NamespaceIndex(const NamespaceIndex&) = delete;
  NamespaceIndex& operator=(const NamespaceIndex&) = delete;
  ~NamespaceIndex();

  // The registrations with a namespace of `kind` that matches `id`, which must
  // be valid UTF-8.
  NamespaceHits Match(NamespaceKind kind, absl::string_view id) const;

 private:
  struct Table;  // The patterns of one kind.
  class TableChange;
  using Tables = std::vector<std::shared_ptr<const Table>>;  // By kind.

  NamespaceIndex(Options options, Tables tables);

  const Options options_;
  const Tables tables_;
  // Null when turned off.
  const std::unique_ptr<MergedHits> merged_;
  const std::unique_ptr<HitMemo> memo_;
};

// RESOURCE_EXHAUSTED: one more than kPatternsPerPrefixMax. Names all.
absl::Status TooManyAlike(NamespaceKind kind, absl::string_view regex,
                          absl::string_view prefix);

// Whether an ID with these hits is reserved for a registration other than
// `self` (nullopt: whoever asks is a person).
bool IsReservedForOther(const NamespaceHits& hits,
                        std::optional<RegistrationHandle> self);

// Whether `self` is among the hits.
bool Includes(const NamespaceHits& hits, RegistrationHandle self);

}  // namespace causeway::namespaces

#endif  // CAUSEWAY_SERVICES_SHARED_NAMESPACES_NAMESPACE_INDEX_H_
