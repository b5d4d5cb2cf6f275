#include "tests/bench/push/receipts.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "tests/bench/shared/check.h"

namespace causeway::bench {

Receipts::Receipts(int appservice_count)
    : next_(static_cast<size_t>(appservice_count), INT64_MAX) {}

void Receipts::Expect(const Audience& audience, Listener listener) {
  absl::MutexLock lock(&mu_);
  audience_ = audience;
  listener_ = std::move(listener);
  counts_ = Counts();
  for (int i = 0; i < static_cast<int>(next_.size()); ++i) {
    next_[i] = audience.Has(i) ? audience.FirstOf(i) : INT64_MAX;
  }
}

void Receipts::Take(const Transaction& transaction,
                    absl::Duration received_at) {
  absl::MutexLock lock(&mu_);
  if (transaction.appservice < 0 ||
      transaction.appservice >= static_cast<int>(next_.size())) {
    Problem(absl::StrCat("there is no application service ",
                         transaction.appservice));
    return;
  }
  int64_t& next = next_[transaction.appservice];
  const int64_t stride = audience_.Stride();
  const bool is_run =
      transaction.last ==
      transaction.first + (transaction.event_count - 1) * stride;
  if (transaction.first < next && transaction.last < next &&
      (next != INT64_MAX || transaction.first < audience_.first_position)) {
    counts_.repeated_events += transaction.event_count;
    return;
  }
  if (transaction.first != next || !is_run) {
    Problem(absl::StrCat("application service ", transaction.appservice,
                         " got ", transaction.event_count, " events from ",
                         transaction.first, " to ", transaction.last,
                         " when it should get ", next, " and every ", stride,
                         ". one after it"));
    return;
  }
  next = transaction.last + stride;
  counts_.deliveries += transaction.event_count;
  ++counts_.transactions;
  counts_.last_at = received_at;
  // A listener is quick and takes no lock of ours.
  if (listener_) listener_(transaction, received_at);
}

void Receipts::TakeProblem(absl::string_view problem) {
  absl::MutexLock lock(&mu_);
  Problem(std::string(problem));
}

Receipts::Counts Receipts::counts() const {
  absl::MutexLock lock(&mu_);
  if (!problem_.empty()) Die(problem_);
  return counts_;
}

Receipts::Counts Receipts::Await(int64_t deliveries,
                                 absl::Duration patience) const {
  absl::MutexLock lock(&mu_);
  auto settled = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    return !problem_.empty() || counts_.deliveries >= deliveries;
  };
  int64_t before = -1;
  while (!settled()) {
    if (counts_.deliveries == before) {
      Die(absl::StrCat("only ", before, " of ", deliveries,
                       " deliveries came, and no more for ",
                       absl::FormatDuration(patience)));
    }
    before = counts_.deliveries;
    mu_.AwaitWithTimeout(absl::Condition(&settled), patience);
  }
  if (!problem_.empty()) Die(problem_);
  return counts_;
}

void Receipts::Problem(std::string problem) {
  if (problem_.empty()) problem_ = std::move(problem);
}

}  // namespace causeway::bench
