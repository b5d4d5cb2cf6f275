#ifndef CAUSEWAY_TESTS_BENCH_PUSH_DISPATCHER_CLIENT_H_
#define CAUSEWAY_TESTS_BENCH_PUSH_DISPATCHER_CLIENT_H_

#include <grpcpp/grpcpp.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "absl/time/time.h"
#include "causeway/push/v1/push.grpc.pb.h"

namespace causeway::bench {

// What a benchmark asks of one push_dispatcher besides publishing. Ends the
// process when a call fails, unless it says otherwise.
//
// Thread-safe.
class DispatcherClient {
 public:
  explicit DispatcherClient(std::shared_ptr<grpc::Channel> channel);

  const std::shared_ptr<grpc::Channel>& channel() const { return channel_; }

  // Waits until events are matched against `revision` of the registry.
  void AwaitRevision(int64_t revision, absl::Duration patience);

  // Waits until each of `queue_count` queues is owned, and each of
  // `replica_count` replicas has its share, about. By replica, how many.
  std::map<std::string, int> AwaitOwners(int queue_count, int replica_count,
                                         absl::Duration patience);

  // Ends the backoff of an application service.
  void RetryNow(const std::string& appservice_id);

  // False, changing nothing, if this push_dispatcher knows no such policy.
  bool RememberEveryTxnId(const std::string& appservice_id);

 private:
  // By replica, how many queues; "" has those that nobody owns.
  std::map<std::string, int> CountOwners();

  const std::shared_ptr<grpc::Channel> channel_;
  const std::unique_ptr<push::v1::PushDispatcher::Stub> dispatcher_;
  const std::unique_ptr<push::v1::PushOperator::Stub> operator_;
};

}  // namespace causeway::bench

#endif  // CAUSEWAY_TESTS_BENCH_PUSH_DISPATCHER_CLIENT_H_
