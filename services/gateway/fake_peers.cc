#include "services/gateway/fake_peers.h"

#include <google/protobuf/descriptor.h>
#include <grpcpp/impl/codegen/server_callback_handlers.h>
#include <grpcpp/impl/rpc_service_method.h>
#include <grpcpp/impl/service_type.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <grpcpp/server_context.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>
#include <grpcpp/support/slice.h>

#include <chrono>
#include <map>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "causeway/homeserver/v1/credentials.pb.h"
#include "causeway/homeserver/v1/homeserver.pb.h"
#include "causeway/homeserver/v1/keys.pb.h"
#include "causeway/homeserver/v1/media.pb.h"
#include "causeway/homeserver/v1/push_rules.pb.h"
#include "causeway/homeserver/v1/user_directory.pb.h"
#include "causeway/push/v1/push.pb.h"
#include "causeway/query/v1/query.pb.h"
#include "causeway/registry/v1/registry.pb.h"
#include "services/shared/server/channel.h"
#include "services/shared/server/grpc_status.h"

namespace causeway::gateway {
namespace {

// The contracts of the services that the gateway calls.
std::vector<const google::protobuf::FileDescriptor*> Contracts() {
  return {homeserver::v1::PasswordProof::descriptor()->file(),
          homeserver::v1::KeyCount::descriptor()->file(),
          homeserver::v1::MediaInfo::descriptor()->file(),
          homeserver::v1::PushRulePath::descriptor()->file(),
          homeserver::v1::Principal::descriptor()->file(),
          homeserver::v1::SearchUsersRequest::descriptor()->file(),
          push::v1::PublishRequest::descriptor()->file(),
          query::v1::PingRequest::descriptor()->file(),
          registry::v1::RegisterRequest::descriptor()->file()};
}

std::string ToBytes(const grpc::ByteBuffer& buffer) {
  grpc::Slice slice;
  if (!buffer.DumpToSingleSlice(&slice).ok()) return "";
  return std::string(reinterpret_cast<const char*>(slice.begin()),
                     slice.size());
}

}  // namespace

// The methods of the contracts, with messages as bytes. Not gRPC's
// generic service: how its threads follow one another is decided within
// libgrpc++, where ThreadSanitizer doesn't see it.
class FakePeers::Server final : public grpc::Service {
 public:
  Server() {
    for (const google::protobuf::FileDescriptor* contract : Contracts()) {
      for (int i = 0; i < contract->service_count(); ++i) {
        AddMethodsOf(*contract->service(i));
      }
    }
    int port = 0;
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(),
                             &port);
    builder.RegisterService(this);
    server_ = builder.BuildAndStart();
    channel_ = server::MakeChannel(absl::StrCat("127.0.0.1:", port));
  }
  ~Server() override { Stop(); }

  std::shared_ptr<grpc::Channel> channel() const { return channel_; }

  void Stop() {
    server_->Shutdown(std::chrono::system_clock::now());
    server_->Wait();
  }

  void SetAnswer(absl::string_view method, BytesAnswer answer)
      ABSL_LOCKS_EXCLUDED(mu_) {
    absl::MutexLock lock(&mu_);
    methods_.at(std::string(method)).answer = std::move(answer);
  }

  std::vector<std::string> requests(absl::string_view method) const
      ABSL_LOCKS_EXCLUDED(mu_) {
    absl::MutexLock lock(&mu_);
    return methods_.at(std::string(method)).requests;
  }

  void AwaitAsked(absl::string_view method, size_t times) const
      ABSL_LOCKS_EXCLUDED(mu_) {
    absl::MutexLock lock(&mu_);
    const Method& entry = methods_.at(std::string(method));
    const auto is_asked = [&]() ABSL_SHARED_LOCKS_REQUIRED(mu_) {
      return entry.requests.size() >= times;
    };
    mu_.Await(absl::Condition(&is_asked));
  }

  std::string last_request_id() const ABSL_LOCKS_EXCLUDED(mu_) {
    absl::MutexLock lock(&mu_);
    return last_request_id_;
  }

 private:
  struct Method {
    std::string path;  // gRPC keeps a pointer to it.
    BytesAnswer answer;
    std::vector<std::string> requests;
  };

  void AddMethodsOf(const google::protobuf::ServiceDescriptor& service) {
    for (int i = 0; i < service.method_count(); ++i) {
      const google::protobuf::MethodDescriptor& method = *service.method(i);
      const std::string name =
          absl::StrCat(service.full_name(), "/", method.name());
      if (method.client_streaming() && method.server_streaming()) {
        AddStreams(name);
      } else if (!method.server_streaming()) {
        AddMethod(name);
      }
    }
  }

  // As the code does that protoc generates for raw methods.
  void AddMethod(const std::string& name) ABSL_LOCKS_EXCLUDED(mu_) {
    absl::MutexLock lock(&mu_);
    Method& entry = methods_[name];
    entry.path = absl::StrCat("/", name);
    grpc::Service::AddMethod(new grpc::internal::RpcServiceMethod(
        entry.path.c_str(), grpc::internal::RpcMethod::NORMAL_RPC, nullptr));
    MarkMethodRawCallback(
        static_cast<int>(methods_.size()) - 1,
        new grpc::internal::CallbackUnaryHandler<grpc::ByteBuffer,
                                                 grpc::ByteBuffer>(
            [this, &entry](grpc::CallbackServerContext* context,
                           const grpc::ByteBuffer* request,
                           grpc::ByteBuffer* response) {
              grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
              reactor->Finish(Call(entry, *context, *request, *response));
              return reactor;
            }));
  }

  void AddStreams(const std::string& name) ABSL_LOCKS_EXCLUDED(mu_) {
    absl::MutexLock lock(&mu_);
    Method& entry = methods_[name];
    entry.path = absl::StrCat("/", name);
    grpc::Service::AddMethod(new grpc::internal::RpcServiceMethod(
        entry.path.c_str(), grpc::internal::RpcMethod::BIDI_STREAMING,
        nullptr));
    MarkMethodRawCallback(
        static_cast<int>(methods_.size()) - 1,
        new grpc::internal::CallbackBidiHandler<grpc::ByteBuffer,
                                                grpc::ByteBuffer>(
            [this, &entry](grpc::CallbackServerContext* context) {
              return new Streams(*this, entry, *context);
            }));
  }

  grpc::Status Call(Method& entry, const grpc::CallbackServerContext& context,
                    const grpc::ByteBuffer& request, grpc::ByteBuffer& response)
      ABSL_LOCKS_EXCLUDED(mu_) {
    const std::string bytes = ToBytes(request);
    const auto id = context.client_metadata().find("x-request-id");
    BytesAnswer answer;
    {
      absl::MutexLock lock(&mu_);
      entry.requests.push_back(bytes);
      answer = entry.answer;
      last_request_id_ =
          id == context.client_metadata().end()
              ? ""
              : std::string(id->second.data(), id->second.size());
    }
    const absl::StatusOr<std::string> answered =
        answer ? answer(bytes) : std::string();
    if (!answered.ok()) return server::ToGrpcStatus(answered.status());
    const grpc::Slice slice(*answered);
    response = grpc::ByteBuffer(&slice, 1);
    return grpc::Status::OK;
  }

  // One call: an answer for each message. Deletes itself.
  class Streams final
      : public grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer> {
   public:
    Streams(Server& server, Method& method,
            const grpc::CallbackServerContext& context)
        : server_(server), method_(method), context_(context) {
      StartRead(&request_);
    }

   private:
    void OnReadDone(bool ok) override {
      grpc::Status status;
      if (ok) status = server_.Call(method_, context_, request_, response_);
      if (ok && status.ok()) {
        StartWrite(&response_);
      } else {
        Finish(status);
      }
    }
    void OnWriteDone(bool ok) override {
      if (ok) {
        StartRead(&request_);
      } else {
        Finish(grpc::Status::CANCELLED);
      }
    }
    void OnDone() override { delete this; }

    Server& server_;
    Method& method_;
    const grpc::CallbackServerContext& context_;
    grpc::ByteBuffer request_;
    grpc::ByteBuffer response_;
  };

  mutable absl::Mutex mu_;
  // By name, "causeway.homeserver.v1.Rooms/SendEvent"; none is ever removed.
  std::map<std::string, Method> methods_ ABSL_GUARDED_BY(mu_);
  std::string last_request_id_ ABSL_GUARDED_BY(mu_);
  std::unique_ptr<grpc::Server> server_;
  std::shared_ptr<grpc::Channel> channel_;
};

FakePeers::FakePeers() : server_(std::make_unique<Server>()) {}

FakePeers::~FakePeers() = default;

std::shared_ptr<grpc::Channel> FakePeers::channel() const {
  return server_->channel();
}

void FakePeers::AwaitAsked(absl::string_view method, size_t times) const {
  server_->AwaitAsked(method, times);
}

std::string FakePeers::last_request_id() const {
  return server_->last_request_id();
}

void FakePeers::Stop() { server_->Stop(); }

void FakePeers::AnswerBytes(absl::string_view method, BytesAnswer answer) {
  server_->SetAnswer(method, std::move(answer));
}

std::vector<std::string> FakePeers::RequestBytes(
    absl::string_view method) const {
  return server_->requests(method);
}

}  // namespace causeway::gateway
