#include "services/gateway/fake_peers.h"

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/slice.h>

#include <chrono>
#include <map>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "services/shared/server/channel.h"
#include "services/shared/server/grpc_status.h"

namespace causeway::gateway {
namespace {

std::string ToBytes(const grpc::ByteBuffer& buffer) {
  grpc::Slice slice;
  if (!buffer.DumpToSingleSlice(&slice).ok()) return "";
  return std::string(reinterpret_cast<const char*>(slice.begin()),
                     slice.size());
}

}  // namespace

class FakePeers::Server final : public grpc::CallbackGenericService {
 public:
  Server() {
    int port = 0;
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(),
                             &port);
    builder.RegisterCallbackGenericService(this);
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
    methods_[std::string(method)].answer = std::move(answer);
  }

  std::vector<std::string> requests(absl::string_view method) const
      ABSL_LOCKS_EXCLUDED(mu_) {
    absl::MutexLock lock(&mu_);
    const auto found = methods_.find(std::string(method));
    return found == methods_.end() ? std::vector<std::string>()
                                   : found->second.requests;
  }

  void AwaitAsked(absl::string_view method) const ABSL_LOCKS_EXCLUDED(mu_) {
    absl::MutexLock lock(&mu_);
    const auto is_asked = [&]() ABSL_SHARED_LOCKS_REQUIRED(mu_) {
      const auto found = methods_.find(std::string(method));
      return found != methods_.end() && !found->second.requests.empty();
    };
    mu_.Await(absl::Condition(&is_asked));
  }

  std::string last_request_id() const ABSL_LOCKS_EXCLUDED(mu_) {
    absl::MutexLock lock(&mu_);
    return last_request_id_;
  }

  absl::StatusOr<std::string> Call(absl::string_view method,
                                   std::string request, std::string request_id)
      ABSL_LOCKS_EXCLUDED(mu_) {
    BytesAnswer answer;
    {
      absl::MutexLock lock(&mu_);
      Method& entry = methods_[std::string(method)];
      entry.requests.push_back(request);
      answer = entry.answer;
      last_request_id_ = std::move(request_id);
    }
    return answer ? answer(request) : std::string();
  }

  grpc::ServerGenericBidiReactor* CreateReactor(
      grpc::GenericCallbackServerContext* context) override {
    return new UnaryCall(*this, *context);
  }

 private:
  struct Method {
    BytesAnswer answer;
    std::vector<std::string> requests;
  };

  // One call; deletes itself.
  class UnaryCall final : public grpc::ServerGenericBidiReactor {
   public:
    UnaryCall(Server& server, const grpc::GenericCallbackServerContext& context)
        : server_(server), method_(context.method().substr(1)) {
      const auto id = context.client_metadata().find("x-request-id");
      if (id != context.client_metadata().end()) {
        request_id_ = std::string(id->second.data(), id->second.size());
      }
      StartRead(&request_);
    }

    void OnReadDone(bool ok) override {
      if (!ok) return Finish(grpc::Status::CANCELLED);
      const absl::StatusOr<std::string> answer =
          server_.Call(method_, ToBytes(request_), request_id_);
      // Makes the threads' order visible to ThreadSanitizer, which doesn't see
      // into gRPC; OnDone() is never called from within Finish().
      absl::MutexLock lock(&server_.finish_mu_);
      if (!answer.ok()) return Finish(server::ToGrpcStatus(answer.status()));
      const grpc::Slice slice(*answer);
      response_ = grpc::ByteBuffer(&slice, 1);
      StartWriteAndFinish(&response_, {}, grpc::Status::OK);
    }

    void OnDone() override {
      { absl::MutexLock lock(&server_.finish_mu_); }
      delete this;
    }

   private:
    Server& server_;
    const std::string method_;
    std::string request_id_;
    grpc::ByteBuffer request_;
    grpc::ByteBuffer response_;
  };

  absl::Mutex finish_mu_;
  mutable absl::Mutex mu_;
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

void FakePeers::AwaitAsked(absl::string_view method) const {
  server_->AwaitAsked(method);
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
