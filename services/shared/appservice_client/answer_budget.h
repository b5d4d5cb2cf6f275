#ifndef CAUSEWAY_SERVICES_SHARED_APPSERVICE_CLIENT_ANSWER_BUDGET_H_
#define CAUSEWAY_SERVICES_SHARED_APPSERVICE_CLIENT_ANSWER_BUDGET_H_

#include <cstddef>
#include <memory>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"

namespace causeway::appservice_client {

// How many bytes of long answers may be held at once, in all and of one
// application service (AS): the number of requests bounds only short ones.
//
// Thread-safe.
class AnswerBudget {
 public:
  struct Options {
    size_t bytes_max = 128 << 20;
    size_t per_appservice_bytes_max = 16 << 20;
  };

  // What one answer takes of it, until it is destroyed. Thread-compatible.
  class Share {
   public:
    // A share of nothing yet.
    Share(std::shared_ptr<AnswerBudget> budget, std::string appservice_uid)
        : budget_(std::move(budget)),
          appservice_uid_(std::move(appservice_uid)) {}
    ~Share() { budget_->Return(appservice_uid_, bytes_); }
    Share(const Share&) = delete;
    Share& operator=(const Share&) = delete;

    // False, and nothing has changed, when there isn't so much left.
    bool Grow(size_t bytes);

   private:
    const std::shared_ptr<AnswerBudget> budget_;
    const std::string appservice_uid_;
    size_t bytes_ = 0;
  };

  explicit AnswerBudget(Options options) : options_(options) {}

 private:
  bool Take(const std::string& appservice_uid, size_t bytes)
      ABSL_LOCKS_EXCLUDED(mu_);
  void Return(const std::string& appservice_uid, size_t bytes)
      ABSL_LOCKS_EXCLUDED(mu_);

  const Options options_;
  absl::Mutex mu_;
  size_t bytes_ ABSL_GUARDED_BY(mu_) = 0;
  // Only of those that have any.
  absl::flat_hash_map<std::string, size_t> by_appservice_ ABSL_GUARDED_BY(mu_);
};

}  // namespace causeway::appservice_client

#endif  // CAUSEWAY_SERVICES_SHARED_APPSERVICE_CLIENT_ANSWER_BUDGET_H_
