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

// Remembers who and what doesn't exist, so that a client that asks in a loop
// doesn't become the application service's load.
//
// A yes isn't remembered, for its content goes stale, nor is what was left
// open. A no counts only under the registrations that said it. Users and rooms
// that the application service creates meanwhile are found all the same: the
// homeserver looks into its own store first.
//
// Thread-safe.
class AnswerMemory {
 public:
  struct Options {
    absl::Duration lifetime = absl::Seconds(10);  // Zero: nothing is kept.
    size_t entries_max = 10000;
  };

  // `clock` must outlive the memory.
  AnswerMemory(Options options, const Clock& clock);

  // The no that registrations of that revision answered lately.
  std::optional<Answer> Find(const Question& question,
                             int64_t registration_revision) const
      ABSL_LOCKS_EXCLUDED(mu_);

  // Does nothing with an answer that isn't a no.
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
