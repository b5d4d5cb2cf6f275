#ifndef CAUSEWAY_TESTS_BENCH_REGISTRY_APPSERVICES_H_
#define CAUSEWAY_TESTS_BENCH_REGISTRY_APPSERVICES_H_

#include <grpcpp/channel.h>

#include <cstdint>
#include <memory>

#include "absl/time/time.h"
#include "causeway/registry/v1/registry.grpc.pb.h"

namespace causeway::bench {

// The application services that the registry is filled with, each with a grant
// and three namespaces, by their number from 0 on. Calls that fail end the
// process. Thread-safe.
class Appservices {
 public:
  explicit Appservices(const std::shared_ptr<grpc::Channel>& channel);

  void CreateGrants(int count);

  struct Registered {
    int64_t revision = 0;  // The last.
    absl::Duration time;   // From the first call to the last answer.
  };
  // Registers as many, a few at a time.
  Registered RegisterAll(int count);

  // Registers the one of `number`, or replaces its registration by one whose
  // namespaces are those of `version`. Returns the revision.
  int64_t Register(int number, int version);

  // Asks whether one that isn't there may have the namespaces of `number`: what
  // Register decides before it writes.
  void Check(int number);

  registry::v1::Registry::Stub& stub() { return *stub_; }

 private:
  const std::unique_ptr<registry::v1::Registry::Stub> stub_;
};

// How long a call may take.
void SetDeadline(grpc::ClientContext& context);

}  // namespace causeway::bench

#endif  // CAUSEWAY_TESTS_BENCH_REGISTRY_APPSERVICES_H_
