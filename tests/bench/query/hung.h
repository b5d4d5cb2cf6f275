#ifndef CAUSEWAY_TESTS_BENCH_QUERY_HUNG_H_
#define CAUSEWAY_TESTS_BENCH_QUERY_HUNG_H_

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "absl/synchronization/blocking_counter.h"
#include "absl/time/time.h"
#include "causeway/query/v1/query.grpc.pb.h"

namespace causeway::bench {

// An application service to which connections are made, and that never answers.
class HangingAppservice {
 public:
  HangingAppservice();
  ~HangingAppservice();
  HangingAppservice(const HangingAppservice&) = delete;
  HangingAppservice& operator=(const HangingAppservice&) = delete;

  std::string Url() const;

 private:
  const int listener_fd_;
};

// Queries that wait for it, each about another user, for `time` at most.
class Hung {
 public:
  // Of users @NAME_*, at the query_proxy at `address`. They have been sent when
  // it is made.
  Hung(const std::string& address, const std::string& name, int count,
       absl::Duration time);
  // Waits for all of them to end.
  ~Hung();
  Hung(const Hung&) = delete;
  Hung& operator=(const Hung&) = delete;

  // Ends the program if one doesn't wait any more.
  void CheckAllWait() const;

 private:
  struct Call;

  const std::unique_ptr<query::v1::QueryProxy::Stub> stub_;
  std::vector<std::unique_ptr<Call>> calls_;
  std::atomic<int> ended_count_ = 0;
  absl::BlockingCounter left_;
};

}  // namespace causeway::bench

#endif  // CAUSEWAY_TESTS_BENCH_QUERY_HUNG_H_
