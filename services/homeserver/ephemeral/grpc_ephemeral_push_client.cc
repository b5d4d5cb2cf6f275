#include "services/homeserver/ephemeral/grpc_ephemeral_push_client.h"

#include <utility>

#include "absl/time/time.h"
#include "services/shared/server/call_context.h"

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
  pb::PublishEphemeralRequest request;
  request.set_source(source_name_);
  for (std::string& json : event_jsons)
    request.add_event_jsons(std::move(json));
  return replicas_
      .Call(server::MakeCallContext(kDeadline),
            &Replicas::Stub::PublishEphemeral, request)
      .status();
}

}  // namespace causeway::homeserver
