#ifndef CAUSEWAY_SERVICES_HOMESERVER_STREAM_GRPC_PUSH_CLIENT_H_
#define CAUSEWAY_SERVICES_HOMESERVER_STREAM_GRPC_PUSH_CLIENT_H_

#include <grpcpp/channel.h>

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "causeway/push/v1/push.grpc.pb.h"
#include "services/homeserver/stream/push_client.h"

namespace causeway::homeserver {

// push_dispatcher over gRPC.
//
// Thread-safe.
class GrpcPushClient final : public PushClient {
 public:
  // `source_name` tells this homeserver's stream from those of others.
  GrpcPushClient(const std::shared_ptr<grpc::Channel>& channel,
                 std::string source_name);

  absl::StatusOr<PushPosition> GetPosition() override;
  absl::StatusOr<PublishResult> Publish(
      absl::Span<const StreamRecord> records,
      const std::string& prefix_sha256) override;

 private:
  const std::unique_ptr<push::v1::PushDispatcher::StubInterface> stub_;
  const std::string source_name_;
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_STREAM_GRPC_PUSH_CLIENT_H_
