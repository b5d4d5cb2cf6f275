#ifndef CAUSEWAY_SERVICES_CTL_SESSION_H_
#define CAUSEWAY_SERVICES_CTL_SESSION_H_

#include <cstdint>
#include <iosfwd>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "causeway/push/v1/push.grpc.pb.h"
#include "causeway/registry/v1/registry.grpc.pb.h"
#include "services/ctl/records.h"
#include "services/shared/server/call_context.h"

namespace causeway::ctl {

// What one run of causewayctl works with: the services, by channels that
// connect when first used, and where results go.
//
// Thread-compatible.
class Session {
 public:
  struct Options {
    std::string registry;  // host:port
    std::string push_dispatcher;
    bool json = false;
  };

  // `out` must outlive the session.
  Session(const Options& options, std::ostream& out);

  registry::v1::Registry::StubInterface& registry() { return *registry_; }
  push::v1::PushDispatcher::StubInterface& push() { return *push_; }
  push::v1::PushOperator::StubInterface& push_operator() {
    return *push_operator_;
  }

  // For the next call: its request ID, and a deadline that a person waits for.
  server::CallContext NewCall() const;

  // Waits until push_dispatcher matches events against `revision` of the
  // registry. The error says that the registry has it all the same.
  absl::Status AwaitInForce(int64_t revision);

  // One result, or several; for people or for programs.
  void Show(const Record& record);
  void Show(const std::vector<Record>& records);
  // What was done. Programs get {"message": ...}.
  void Say(const std::string& message);

 private:
  const bool json_;
  std::ostream& out_;
  const std::unique_ptr<registry::v1::Registry::StubInterface> registry_;
  const std::unique_ptr<push::v1::PushDispatcher::StubInterface> push_;
  const std::unique_ptr<push::v1::PushOperator::StubInterface> push_operator_;
};

}  // namespace causeway::ctl

#endif  // CAUSEWAY_SERVICES_CTL_SESSION_H_
