#ifndef CAUSEWAY_SERVICES_GATEWAY_HTTP_BYTE_BUDGET_H_
#define CAUSEWAY_SERVICES_GATEWAY_HTTP_BYTE_BUDGET_H_

#include <cstddef>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace causeway::gateway {

// A number of bytes that many may have of memory together. Nobody waits for
// some: who gets none says so to its client.
//
// Thread-safe.
class ByteBudget {
 public:
  // What one holder has of the budget, until it is destroyed. Empty at first.
  //
  // Thread-compatible.
  class Lease {
   public:
    Lease() = default;
    // `budget` must outlive the lease.
    explicit Lease(ByteBudget& budget) : budget_(&budget) {}
    Lease(Lease&& other) noexcept
        : budget_(std::exchange(other.budget_, nullptr)),
          bytes_(std::exchange(other.bytes_, 0)) {}
    Lease& operator=(Lease&& other) noexcept;
    ~Lease();

    // Has `bytes` afterwards, or as many as before when that is too many.
    bool GrowTo(size_t bytes);
    size_t bytes() const { return bytes_; }

   private:
    ByteBudget* budget_ = nullptr;
    size_t bytes_ = 0;
  };

  explicit ByteBudget(size_t bytes_max) : bytes_max_(bytes_max) {}
  ByteBudget(const ByteBudget&) = delete;
  ByteBudget& operator=(const ByteBudget&) = delete;

  size_t bytes_max() const { return bytes_max_; }

 private:
  bool Take(size_t bytes) ABSL_LOCKS_EXCLUDED(mu_);
  void GiveBack(size_t bytes) ABSL_LOCKS_EXCLUDED(mu_);

  const size_t bytes_max_;
  absl::Mutex mu_;
  size_t taken_bytes_ ABSL_GUARDED_BY(mu_) = 0;
};

}  // namespace causeway::gateway

#endif  // CAUSEWAY_SERVICES_GATEWAY_HTTP_BYTE_BUDGET_H_
