#include "services/shared/access/call_guard.h"

#include <grpc/grpc.h>
#include <grpc/grpc_security.h>
#include <grpc/grpc_security_constants.h>
#include <grpc/slice.h>
#include <grpcpp/security/auth_context.h>
#include <grpcpp/security/auth_metadata_processor.h>
#include <grpcpp/security/server_credentials.h>

#include <string>
#include <utility>

#include "absl/functional/function_ref.h"
#include "services/shared/server/call_context.h"

namespace causeway::access {
namespace {

constexpr absl::string_view kPathKey = ":path";

absl::string_view View(grpc::string_ref text) {
  return {text.data(), text.size()};
}

// `find` tells what the call says under a key, or nothing.
absl::Status Check(
    const CallGuard& guard,
    absl::FunctionRef<absl::string_view(absl::string_view key)> find,
    Caller caller) {
  caller.has_operator_token = guard.token.has_value() &&
                              guard.token->IsShownBy(find(kAuthorizationKey));
  const absl::string_view path = find(kPathKey);
  absl::Status status = guard.rules.Check(path, caller);
  if (!status.ok()) guard.refused(path, find(server::kRequestIdKey), status);
  return status;
}

// With TLS.
class Processor final : public grpc::AuthMetadataProcessor {
 public:
  explicit Processor(CallGuard guard) : guard_(std::move(guard)) {}

  // On the thread that read the call: nothing waits but for the token's file.
  bool IsBlocking() const override { return false; }

  grpc::Status Process(const InputMetadata& metadata,
                       grpc::AuthContext* context, OutputMetadata*,
                       OutputMetadata*) override {
    Caller caller;
    for (const grpc::string_ref& name :
         context->FindPropertyValues(GRPC_PEER_DNS_PROPERTY_NAME)) {
      caller.names.emplace_back(name.data(), name.size());
    }
    const absl::Status status = Check(
        guard_,
        [&metadata](absl::string_view key) { return Find(metadata, key); },
        std::move(caller));
    // gRPC and Abseil number the codes alike.
    return {static_cast<grpc::StatusCode>(status.code()),
            std::string(status.message())};
  }

 private:
  static absl::string_view Find(const InputMetadata& metadata,
                                absl::string_view key) {
    const auto it = metadata.find(grpc::string_ref(key.data(), key.size()));
    return it == metadata.end() ? absl::string_view() : View(it->second);
  }

  const CallGuard guard_;
};

absl::string_view View(const grpc_slice& slice) {
  return {reinterpret_cast<const char*>(GRPC_SLICE_START_PTR(slice)),
          GRPC_SLICE_LENGTH(slice)};
}

absl::string_view Find(absl::string_view key, const grpc_metadata* metadata,
                       size_t count) {
  for (size_t i = 0; i < count; ++i) {
    if (View(metadata[i].key) == key) return View(metadata[i].value);
  }
  return {};
}

// In plaintext. gRPC's C++ API has no processor for that, its C API does.
class PlaintextCredentials final : public grpc::ServerCredentials {
 public:
  explicit PlaintextCredentials(CallGuard guard)
      : guard_(std::make_shared<const CallGuard>(std::move(guard))) {}

  void SetAuthMetadataProcessor(
      const std::shared_ptr<grpc::AuthMetadataProcessor>&) override {}

 private:
  using Guard = std::shared_ptr<const CallGuard>;

  int AddPortToServer(const std::string& address,
                      grpc_server* server) override {
    grpc_server_credentials* credentials =
        grpc_insecure_server_credentials_create();
    grpc_server_credentials_set_auth_metadata_processor(
        credentials,
        {.process = &Process,
         .destroy = [](void* guard) { delete static_cast<Guard*>(guard); },
         .state = new Guard(guard_)});
    const int port =
        grpc_server_add_http2_port(server, address.c_str(), credentials);
    grpc_server_credentials_release(credentials);
    return port;
  }

  static void Process(void* guard, grpc_auth_context*,
                      const grpc_metadata* metadata, size_t count,
                      grpc_process_auth_metadata_done_cb done,
                      void* user_data) {
    const absl::Status status =
        Check(**static_cast<Guard*>(guard),
              [&](absl::string_view key) { return Find(key, metadata, count); },
              {.is_plaintext = true});
    done(user_data, nullptr, 0, nullptr, 0,
         static_cast<grpc_status_code>(status.code()),
         std::string(status.message()).c_str());
  }

  const Guard guard_;
};

}  // namespace

std::shared_ptr<grpc::ServerCredentials> GuardedCredentials(
    const tls::Identity* identity, CallGuard guard) {
  if (identity == nullptr) {
    return std::make_shared<PlaintextCredentials>(std::move(guard));
  }
  std::shared_ptr<grpc::ServerCredentials> credentials =
      identity->ServerCredentials(
          /*anonymous_clients=*/guard.token.has_value());
  credentials->SetAuthMetadataProcessor(
      std::make_shared<Processor>(std::move(guard)));
  return credentials;
}

}  // namespace causeway::access
