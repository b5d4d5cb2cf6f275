#ifndef CAUSEWAY_SERVICES_HOMESERVER_EPHEMERAL_GRPC_EPHEMERAL_PUSH_CLIENT_H_
#define CAUSEWAY_SERVICES_HOMESERVER_EPHEMERAL_GRPC_EPHEMERAL_PUSH_CLIENT_H_

#include <string>
#include <vector>

#include "causeway/push/v1/push.grpc.pb.h"
#include "services/homeserver/ephemeral/ephemeral_push_client.h"
#include "services/shared/server/replicas.h"

namespace causeway::homeserver {

// push_dispatcher over gRPC.
//
// Thread-safe.
class GrpcEphemeralPushClient final : public EphemeralPushClient {
 public:
  using Replicas = server::Replicas<push::v1::PushDispatcher>;

  // `source_name` is that of the homeserver's stream: its rooms. `replicas`
  // must outlive the client.
  GrpcEphemeralPushClient(Replicas& replicas, std::string source_name);

  absl::Status PublishEphemeral(std::vector<std::string> event_jsons) override;

 private:
  Replicas& replicas_;
  const std::string source_name_;
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_EPHEMERAL_GRPC_EPHEMERAL_PUSH_CLIENT_H_
