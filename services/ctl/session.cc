#include "services/ctl/session.h"

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/completion_queue.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/slice.h>

#include <ostream>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "services/shared/server/channel.h"
#include "services/shared/server/grpc_status.h"

namespace causeway::ctl {

Session::Session(const Options& options, std::ostream& out)
    : options_(options),
      out_(out),
      addresses_({{"registry", options.registry},
                  {"query_proxy", options.query_proxy},
                  {"push_dispatcher", options.push_dispatcher},
                  {"homeserver", options.homeserver},
                  {"gateway", options.gateway}}),
      registry_address_(absl::StrCat("registry (", options.registry, ")")),
      query_proxy_address_(
          absl::StrCat("query_proxy (", options.query_proxy, ")")),
      push_address_(
          absl::StrCat("push_dispatcher (", options.push_dispatcher, ")")),
      homeserver_address_(
          absl::StrCat("homeserver (", options.homeserver, ")")),
      registry_(registry::v1::Registry::NewStub(ChannelTo("registry"))),
      query_proxy_(query::v1::QueryProxy::NewStub(ChannelTo("query_proxy"))),
      push_(push::v1::PushDispatcher::NewStub(ChannelTo("push_dispatcher"))),
      push_operator_(
          push::v1::PushOperator::NewStub(ChannelTo("push_dispatcher"))),
      rooms_(homeserver::v1::Rooms::NewStub(ChannelTo("homeserver"))),
      accounts_(homeserver::v1::Accounts::NewStub(ChannelTo("homeserver"))),
      media_(homeserver::v1::Media::NewStub(ChannelTo("homeserver"))) {}

std::shared_ptr<grpc::Channel> Session::ChannelTo(
    absl::string_view service) const {
  server::ChannelOptions channel = {.authorization = options_.authorization};
  if (options_.identity != nullptr) {
    channel.credentials = options_.identity->ChannelCredentials();
    channel.peer_name = tls::CertificateName(service);
  }
  return server::MakeChannel(addresses_.at(service), channel);
}

absl::Status Session::WithPeer(const std::string& peer,
                               const absl::Status& status) const {
  if (absl::IsUnimplemented(status)) {
    return absl::UnimplementedError(
        absl::StrCat(peer, " doesn't know this: is it an older release?"));
  }
  if (!absl::IsUnavailable(status) && !absl::IsDeadlineExceeded(status)) {
    return status;
  }
  // All that is seen of a listener that wants TLS.
  const bool may_want_tls =
      options_.identity == nullptr &&
      absl::StrContains(status.message(), "Socket closed");
  return absl::Status(
      status.code(),
      absl::StrCat(peer, " does not answer: ", status.message(),
                   may_want_tls ? "; if it wants TLS, give --tls_ca" : ""));
}

absl::Status Session::AwaitInForce(int64_t revision) {
  push::v1::AwaitRevisionRequest request;
  request.set_revision(revision);
  absl::Status status = WithPeer(
      push_address_,
      server::Call(server::MakeCallContext(kCallTimeout), *push_,
                   &push::v1::PushDispatcher::StubInterface::AwaitRevision,
                   request)
          .status());
  if (status.ok()) return status;
  return absl::Status(
      status.code(),
      absl::StrCat("the registry has it (revision ", revision,
                   "), but push_dispatcher has not confirmed that it delivers "
                   "accordingly: ",
                   status.message()));
}

absl::Status Session::WatchQueues(
    const push::v1::WatchQueuesRequest& request,
    absl::FunctionRef<void(const push::v1::WatchQueuesResponse&)> told) {
  grpc::ClientContext context;
  server::PrepareContext(context,
                         server::MakeCallContext(absl::InfiniteDuration()));
  const auto stream = push_operator_->WatchQueues(&context, request);
  push::v1::WatchQueuesResponse message;
  while (stream->Read(&message)) told(message);
  return WithPeer(push_address_, server::FromGrpcStatus(stream->Finish()));
}

void Session::Show(const Record& record) {
  out_ << (!options_.json        ? AsList(record)
           : options_.json_lines ? AsJsonLine(record)
                                 : AsJson(record));
}

void Session::Show(const std::vector<Record>& records) {
  out_ << (!options_.json        ? AsTable(records)
           : options_.json_lines ? AsJsonLine(Record(records))
                                 : AsJson(records));
}

void Session::ShowOnScreen(const std::vector<Record>& records) {
  out_ << AsTable(records, options_.columns);
}

void Session::ShowLine(const Record& record) {
  out_ << (options_.json ? AsJsonLine(record) : AsLine(record)) << std::flush;
}

void Session::Say(const std::string& message) {
  if (options_.json) {
    out_ << AsJson(Record{{"message", message}});
  } else {
    out_ << message << "\n";
  }
}

void Session::Write(absl::string_view text) { out_ << text; }

std::string Session::WhyNotReady(absl::string_view service) {
  // Empty: all that the process serves.
  constexpr char kMethod[] = "/grpc.health.v1.Health/Check";
  constexpr char kServing[] = "\x08\x01";  // status: SERVING.
  const std::string& address = addresses_.at(service);
  grpc::GenericStub stub(ChannelTo(service));
  grpc::ClientContext context;
  server::PrepareContext(context, server::MakeCallContext(kReadyTimeout));
  grpc::CompletionQueue queue;
  const grpc::Slice nothing;
  const grpc::ByteBuffer request(&nothing, 1);
  const auto call = stub.PrepareUnaryCall(&context, kMethod, request, &queue);
  call->StartCall();
  grpc::ByteBuffer response;
  grpc::Status status;
  void* tag = nullptr;
  bool ok = false;
  call->Finish(&response, &status, this);
  queue.Next(&tag, &ok);
  if (!status.ok()) {
    return absl::StrCat("does not answer at ", address);
  }
  std::vector<grpc::Slice> slices;
  if (!response.Dump(&slices).ok()) return "answers nonsense";
  std::string bytes;
  for (const grpc::Slice& slice : slices) {
    bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  return bytes == kServing ? "" : "not ready: its /readyz says why";
}

}  // namespace causeway::ctl
