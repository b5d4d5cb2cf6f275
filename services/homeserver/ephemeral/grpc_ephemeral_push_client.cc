#include "services/homeserver/ephemeral/grpc_ephemeral_push_client.h"

#include <grpcpp/client_context.h>

#include <utility>

#include "absl/time/time.h"
#include "services/shared/server/call_context.h"
#include "services/shared/server/channel.h"
#include "services/shared/server/grpc_status.h"

namespace causeway::homeserver {
namespace {

namespace pb = causeway::push::v1;

// What is later than that isn't worth telling.
constexpr absl::Duration kDeadline = absl::Seconds(2);

}  // namespace

GrpcEphemeralPushClient::GrpcEphemeralPushClient(Replicas& replicas,
                                                 std::string source_name)
    : replicas_(replicas), source_name_(std::move(source_name)) {}

absl::Status GrpcEphemeralPushClient::PublishEphemeral(
    std::vector<std::string> event_jsons) {
  grpc::ClientContext context;
  server::PrepareContext(context, server::MakeCallContext(kDeadline));
  pb::PublishEphemeralRequest request;
  request.set_source(source_name_);
  for (std::string& json : event_jsons)
    request.add_event_jsons(std::move(json));
  pb::PublishEphemeralResponse response;
  Replicas::Stub& stub = replicas_.current();
  absl::Status status = server::FromGrpcStatus(
      stub.PublishEphemeral(&context, request, &response));
  replicas_.Answered(stub, status);
  return status;
}

}  // namespace causeway::homeserver
