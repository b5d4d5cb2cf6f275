#ifndef CAUSEWAY_SERVICES_CTL_SESSION_H_
#define CAUSEWAY_SERVICES_CTL_SESSION_H_

#include <grpcpp/channel.h>

#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "causeway/homeserver/v1/homeserver.grpc.pb.h"
#include "causeway/homeserver/v1/media.grpc.pb.h"
#include "causeway/push/v1/push.grpc.pb.h"
#include "causeway/query/v1/query.grpc.pb.h"
#include "causeway/registry/v1/registry.grpc.pb.h"
#include "services/ctl/records.h"
#include "services/shared/server/blocking_call.h"
#include "services/shared/server/call_context.h"
#include "services/shared/tls/identity.h"

namespace causeway::ctl {

// What one run of causewayctl works with: the services, by channels that
// connect when first used, and where results go.
//
// Thread-compatible.
class Session {
 public:
  struct Options {
    std::string registry;  // host:port
    std::string query_proxy;
    std::string push_dispatcher;
    std::string homeserver;
    std::string gateway;
    // Whom we trust, and who we are. Null: plaintext.
    std::shared_ptr<const tls::Identity> identity = nullptr;
    // Of access::AuthorizationBy(). Empty: no token.
    std::string authorization = "";
    bool json = false;
    bool json_lines = false;  // Each result in one line.
    size_t columns = 0;       // Of the screen; 0: there is none.
  };

  // `out` must outlive the session.
  Session(const Options& options, std::ostream& out);

  // Call a method of that service. An error of one that can't be reached names
  // it and its address.
  template <typename Method, typename Request>
  auto CallRegistry(Method method, const Request& request) {
    return Call(registry_address_, *registry_, method, request);
  }
  template <typename Method, typename Request>
  auto CallPushOperator(Method method, const Request& request,
                        absl::Duration timeout = kCallTimeout) {
    return Call(push_address_, *push_operator_, method, request, timeout);
  }
  // push_dispatcher's API for sources of events.
  template <typename Method, typename Request>
  auto CallPush(Method method, const Request& request) {
    return Call(push_address_, *push_, method, request);
  }
  // It may wait for application services.
  template <typename Method, typename Request>
  auto CallQueryProxy(Method method, const Request& request) {
    return Call(query_proxy_address_, *query_proxy_, method, request,
                kQueryTimeout);
  }
  template <typename Method, typename Request>
  auto CallRooms(Method method, const Request& request) {
    return Call(homeserver_address_, *rooms_, method, request);
  }
  template <typename Method, typename Request>
  auto CallAccounts(Method method, const Request& request) {
    return Call(homeserver_address_, *accounts_, method, request);
  }
  template <typename Method, typename Request>
  auto CallMedia(Method method, const Request& request) {
    return Call(homeserver_address_, *media_, method, request);
  }

  // Whether a service says of itself that it is ready, by gRPC's health
  // protocol: "" if so, else why not. One of kServices.
  std::string WhyNotReady(absl::string_view service);
  static constexpr absl::string_view kServices[] = {
      "registry", "query_proxy", "push_dispatcher", "homeserver", "gateway"};

  bool json() const { return options_.json; }

  // Calls `told` with each message of WatchQueues until the stream ends, and
  // returns why it did.
  absl::Status WatchQueues(
      const push::v1::WatchQueuesRequest& request,
      absl::FunctionRef<void(const push::v1::WatchQueuesResponse&)> told);

  // Waits until push_dispatcher matches events against `revision` of the
  // registry. The error says that the registry has it all the same.
  absl::Status AwaitInForce(int64_t revision);

  // One result, or several; for people or for programs.
  void Show(const Record& record);
  void Show(const std::vector<Record>& records);
  // One of many that come one by one, in a line. Is seen at once.
  void ShowLine(const Record& record);
  // What was done. Programs get {"message": ...}.
  void Say(const std::string& message);
  // Several for people, each in one line of their screen.
  void ShowOnScreen(const std::vector<Record>& records);
  // As it is, whoever reads it.
  void Write(absl::string_view text);

 private:
  // How long a person waits.
  static constexpr absl::Duration kCallTimeout = absl::Seconds(10);
  static constexpr absl::Duration kQueryTimeout = absl::Seconds(70);
  static constexpr absl::Duration kReadyTimeout = absl::Seconds(2);

  absl::Status WithPeer(const std::string& peer,
                        const absl::Status& status) const;
  template <typename Response>
  absl::StatusOr<Response> Named(const std::string& peer,
                                 absl::StatusOr<Response> response) const {
    if (response.ok()) return response;
    return WithPeer(peer, response.status());
  }
  template <typename Stub, typename Method, typename Request>
  auto Call(const std::string& peer, Stub& stub, Method method,
            const Request& request,
            absl::Duration timeout = kCallTimeout) const {
    return Named(peer, server::Call(server::MakeCallContext(timeout), stub,
                                    method, request));
  }

  // One of kServices.
  std::shared_ptr<grpc::Channel> ChannelTo(absl::string_view service) const;

  const Options options_;
  std::ostream& out_;
  const absl::flat_hash_map<std::string, std::string> addresses_;
  const std::string registry_address_;  // "registry (127.0.0.1:7101)"
  const std::string query_proxy_address_;
  const std::string push_address_;
  const std::string homeserver_address_;
  const std::unique_ptr<registry::v1::Registry::StubInterface> registry_;
  const std::unique_ptr<query::v1::QueryProxy::StubInterface> query_proxy_;
  const std::unique_ptr<push::v1::PushDispatcher::StubInterface> push_;
  const std::unique_ptr<push::v1::PushOperator::StubInterface> push_operator_;
  const std::unique_ptr<homeserver::v1::Rooms::StubInterface> rooms_;
  const std::unique_ptr<homeserver::v1::Accounts::StubInterface> accounts_;
  const std::unique_ptr<homeserver::v1::Media::StubInterface> media_;
};

}  // namespace causeway::ctl

#endif  // CAUSEWAY_SERVICES_CTL_SESSION_H_
