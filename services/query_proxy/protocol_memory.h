#ifndef CAUSEWAY_SERVICES_QUERY_PROXY_PROTOCOL_MEMORY_H_
#define CAUSEWAY_SERVICES_QUERY_PROXY_PROTOCOL_MEMORY_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "services/query_proxy/third_party_json.h"
#include "services/shared/clock/clock.h"

namespace causeway::query {

// Remembers for a while what application services tell of the protocols that
// they serve: clients ask whenever they show a list of networks. When it is
// full, the oldest is forgotten.
//
// Thread-safe.
class ProtocolMemory {
 public:
  struct Options {
    absl::Duration lifetime = absl::Minutes(1);  // Zero: nothing is kept.
    size_t entries_max = 10000;
    size_t bytes_max = 32 << 20;
  };

  // Of one registration in one form.
  struct Key {
    std::string appservice_uid = {};
    int64_t registration_revision = 0;
    std::string protocol = {};

    friend bool operator==(const Key&, const Key&) = default;
    template <typename H>
    friend H AbslHashValue(H h, const Key& key) {
      return H::combine(std::move(h), key.appservice_uid,
                        key.registration_revision, key.protocol);
    }
  };
  // Null: it has said that it doesn't know the protocol.
  using Info = std::shared_ptr<const ProtocolInfo>;

  // `clock` must outlive the memory.
  ProtocolMemory(Options options, const Clock& clock)
      : options_(options), clock_(clock) {}

  std::optional<Info> Find(const Key& key) const ABSL_LOCKS_EXCLUDED(mu_);
  // In place of what was known.
  void Add(const Key& key, Info info) ABSL_LOCKS_EXCLUDED(mu_);

 private:
  struct Entry {
    absl::Duration end_time;
    Info info;
  };

  static size_t Bytes(const Key& key, const Info& info);
  void DropOldest() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  const Options options_;
  const Clock& clock_;
  mutable absl::Mutex mu_;
  absl::flat_hash_map<Key, Entry> entries_ ABSL_GUARDED_BY(mu_);
  // Oldest first. One that was added again stands here twice, and counts only
  // in its newest place.
  std::deque<std::pair<absl::Duration, Key>> by_age_ ABSL_GUARDED_BY(mu_);
  size_t bytes_ ABSL_GUARDED_BY(mu_) = 0;  // Of entries_.
};

}  // namespace causeway::query

#endif  // CAUSEWAY_SERVICES_QUERY_PROXY_PROTOCOL_MEMORY_H_
