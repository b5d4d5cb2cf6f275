#ifndef CAUSEWAY_SERVICES_QUERY_PROXY_QUERY_LIMITS_H_
#define CAUSEWAY_SERVICES_QUERY_PROXY_QUERY_LIMITS_H_

#include <atomic>
#include <optional>
#include <utility>

#include "services/query_proxy/question.h"

namespace causeway::query {

// How many may wait for an answer at once, by kind. The kinds have limits of
// their own because an alias query nests user queries: alias queries that took
// all room would wait for user queries that get none.
//
// Thread-safe.
class QueryLimits {
 public:
  struct Options {
    int user_queries_max = 5000;
    int alias_queries_max = 2000;
  };

  // The right to wait, as long as it lives.
  class Admission {
   public:
    explicit Admission(std::atomic<int>& count) : count_(&count) {}
    ~Admission() {
      if (count_ != nullptr) --*count_;
    }
    Admission(Admission&& other) noexcept
        : count_(std::exchange(other.count_, nullptr)) {}
    Admission& operator=(Admission&&) = delete;

   private:
    std::atomic<int>* count_;
  };

  explicit QueryLimits(Options options) : options_(options) {}

  // Empty when too many of the kind wait already. The limits must outlive the
  // admission.
  std::optional<Admission> Admit(QuestionKind kind) {
    const bool is_user = kind == QuestionKind::kUser;
    std::atomic<int>& count = is_user ? users_ : aliases_;
    const int max =
        is_user ? options_.user_queries_max : options_.alias_queries_max;
    Admission admission(count);
    if (++count > max) return std::nullopt;
    return admission;
  }

  int waiting_count(QuestionKind kind) const {
    return kind == QuestionKind::kUser ? users_ : aliases_;
  }

 private:
  const Options options_;
  std::atomic<int> users_ = 0;
  std::atomic<int> aliases_ = 0;
};

}  // namespace causeway::query

#endif  // CAUSEWAY_SERVICES_QUERY_PROXY_QUERY_LIMITS_H_
