#ifndef CAUSEWAY_SERVICES_SHARED_SERVER_GRPC_ENDPOINT_H_
#define CAUSEWAY_SERVICES_SHARED_SERVER_GRPC_ENDPOINT_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "services/shared/clock/clock.h"
#include "services/shared/server/call_metrics.h"
#include "services/shared/server/line_quota.h"
#include "services/shared/tls/identity.h"

namespace grpc {
class Server;
class ServerCredentials;
class Service;
}  // namespace grpc

namespace causeway::server {

// What a process serves over gRPC, with health and reflection. Each call is
// let through as its proto says (services/shared/access/), counted and logged.
//
// Thread-safe.
class GrpcEndpoint {
 public:
  struct Options {
    std::string listen;  // host:port; port 0 takes a free one.
    int call_log_lines_per_second_max = 0;
    const tls::Identity* identity = nullptr;  // Null: plaintext.
    std::string operator_token_file;          // Empty: none.
  };
  // Each with its full name, as the health service calls it.
  using Services = std::vector<std::pair<grpc::Service*, std::string>>;

  // Listens and serves. All but the options must outlive the endpoint, and so
  // must the identity. UNAVAILABLE when it cannot be listened on,
  // INVALID_ARGUMENT when the address is none or the token's file is bad.
  static absl::StatusOr<std::unique_ptr<GrpcEndpoint>> Listen(
      const Options& options, const Services& services, CallMetrics& metrics,
      const Clock& clock);

  ~GrpcEndpoint();
  GrpcEndpoint(const GrpcEndpoint&) = delete;
  GrpcEndpoint& operator=(const GrpcEndpoint&) = delete;

  // Where it listens, with the port's number.
  const std::string& address() const { return address_; }

  // What the health service says of each service.
  void SetServing(bool serving);

  // Refuses new calls, and cancels at `deadline` those that are under way.
  // Returns when all have ended.
  void Shutdown(absl::Time deadline);

 private:
  GrpcEndpoint(const Options& options, const Services& services,
               CallMetrics& metrics, const Clock& clock);

  absl::Status Start(const Options& options);
  absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> Credentials(
      const Options& options);
  void CallRefused(absl::string_view path, absl::string_view request_id,
                   const absl::Status& why);

  const Services& services_;
  CallMetrics& metrics_;
  const Clock& clock_;
  LineQuota refusal_quota_;
  std::string address_;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace causeway::server

#endif  // CAUSEWAY_SERVICES_SHARED_SERVER_GRPC_ENDPOINT_H_
