#include "services/query_proxy/answer_memory.h"

namespace causeway::query {

AnswerMemory::AnswerMemory(Options options, const Clock& clock)
    : options_(options), clock_(clock) {}

std::optional<Answer> AnswerMemory::Find(const Question& question,
                                         int64_t registration_revision) const {
  absl::MutexLock lock(&mu_);
  auto found = entries_.find(question);
  if (found == entries_.end() ||
      found->second.registration_revision != registration_revision ||
      found->second.end_time <= clock_.MonotonicNow()) {
    return std::nullopt;
  }
  return found->second.answer;
}

void AnswerMemory::Add(const Question& question, int64_t registration_revision,
                       const Answer& answer) {
  if (options_.lifetime <= absl::ZeroDuration() ||
      answer.outcome != Outcome::kNotFound) {
    return;
  }
  absl::MutexLock lock(&mu_);
  const absl::Duration now = clock_.MonotonicNow();
  DropExpired(now);
  if (by_age_.size() >= options_.entries_max) return;
  const absl::Duration end_time = now + options_.lifetime;
  entries_[question] = {.registration_revision = registration_revision,
                        .end_time = end_time,
                        .answer = answer};
  by_age_.emplace_back(end_time, question);
}

void AnswerMemory::DropExpired(absl::Duration now) {
  while (!by_age_.empty() && by_age_.front().first <= now) {
    auto found = entries_.find(by_age_.front().second);
    // It may have been added again since.
    if (found != entries_.end() && found->second.end_time <= now) {
      entries_.erase(found);
    }
    by_age_.pop_front();
  }
}

}  // namespace causeway::query
