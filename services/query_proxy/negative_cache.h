#ifndef CAUSEWAY_SERVICES_QUERY_PROXY_NEGATIVE_CACHE_H_
#define CAUSEWAY_SERVICES_QUERY_PROXY_NEGATIVE_CACHE_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "services/query_proxy/answer.h"
#include "services/query_proxy/question.h"
#include "services/shared/clock/clock.h"

namespace causeway::query {

// Remembers for a moment that an application service said no, so that a client
// that asks in a loop doesn't become its load. Only a clear no is remembered,
// and only under the registrations that said it. Users and rooms that the
// application service creates meanwhile are found all the same: the homeserver
// looks into its own store first.
//
// Thread-safe.
class NegativeCache {
 public:
  struct Options {
    absl::Duration lifetime = absl::Seconds(1);  // Zero: nothing is kept.
    size_t entries_max = 10000;
  };

  // `clock` must outlive the cache.
  NegativeCache(Options options, const Clock& clock);

  // The no that was said to `question` by registrations of that revision.
  std::optional<Answer> Find(const Question& question,
                             int64_t registration_revision) const
      ABSL_LOCKS_EXCLUDED(mu_);

  // `answer` has the outcome kNotFound.
  void Add(const Question& question, int64_t registration_revision,
           const Answer& answer) ABSL_LOCKS_EXCLUDED(mu_);

 private:
  struct Entry {
    int64_t registration_revision = 0;
    absl::Duration end_time;
    Answer answer;
  };

  void DropExpired(absl::Duration now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  const Options options_;
  const Clock& clock_;
  mutable absl::Mutex mu_;
  absl::flat_hash_map<Question, Entry> entries_ ABSL_GUARDED_BY(mu_);
  // What was added, oldest first, with the end of its time. A question that was
  // added again stands here twice.
  std::deque<std::pair<absl::Duration, Question>> by_age_ ABSL_GUARDED_BY(mu_);
};

}  // namespace causeway::query

#endif  // CAUSEWAY_SERVICES_QUERY_PROXY_NEGATIVE_CACHE_H_
