#ifndef CAUSEWAY_SERVICES_HOMESERVER_STREAM_GRPC_PUSH_CLIENT_H_
#define CAUSEWAY_SERVICES_HOMESERVER_STREAM_GRPC_PUSH_CLIENT_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "causeway/push/v1/push.grpc.pb.h"
#include "services/homeserver/stream/push_client.h"
#include "services/shared/server/replicas.h"

namespace causeway::homeserver {

// push_dispatcher over gRPC: that of its replicas which answers. A call isn't
// repeated; the next one goes to another.
//
// Thread-safe.
class GrpcPushClient final : public PushClient {
 public:
  using Replicas = server::Replicas<push::v1::PushDispatcher>;

  // `source_name` tells this homeserver's stream from those of others.
  // `replicas` must outlive the client.
  GrpcPushClient(Replicas& replicas, std::string source_name);

  absl::StatusOr<PushPosition> GetPosition() override;
  absl::StatusOr<PushHistory> GetHistory() override;
  absl::Status Restart(int64_t incarnation,
                       const PushPosition& common) override;
  absl::StatusOr<PublishResult> Publish(
      absl::Span<const StreamRecord> records,
      const std::string& prefix_sha256) override;

 private:
  Replicas& replicas_;
  const std::string source_name_;
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_STREAM_GRPC_PUSH_CLIENT_H_
