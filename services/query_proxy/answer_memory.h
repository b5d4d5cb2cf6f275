#ifndef CAUSEWAY_SERVICES_QUERY_PROXY_ANSWER_MEMORY_H_
#define CAUSEWAY_SERVICES_QUERY_PROXY_ANSWER_MEMORY_H_

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

// Remembers clear answers for a moment: a no, so that a client that asks in a
// loop doesn't become the application service's load; a user's profile, so that
// who asks between the answer and the user's creation doesn't ask twice.
//
// Rooms aren't remembered, for their content goes stale, nor is what was left
// open. What is remembered counts only under the registrations that said it.
// Users and rooms that the application service creates meanwhile are found all
// the same: the homeserver looks into its own store first.
//
// Thread-safe.
class AnswerMemory {
 public:
  struct Options {
    absl::Duration lifetime = absl::Seconds(1);  // Zero: nothing is kept.
    size_t entries_max = 10000;
  };

  // `clock` must outlive the cache.
  AnswerMemory(Options options, const Clock& clock);

  // What registrations of that revision answered a moment ago.
  std::optional<Answer> Find(const Question& question,
                             int64_t registration_revision) const
      ABSL_LOCKS_EXCLUDED(mu_);

  // Does nothing with an answer that isn't to be remembered.
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

#endif  // CAUSEWAY_SERVICES_QUERY_PROXY_ANSWER_MEMORY_H_
