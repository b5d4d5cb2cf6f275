#ifndef CAUSEWAY_SERVICES_GATEWAY_FAKE_PEERS_H_
#define CAUSEWAY_SERVICES_GATEWAY_FAKE_PEERS_H_

#include <grpcpp/channel.h>

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace causeway::gateway {

// The services that the gateway calls, as a test wants them to answer, behind
// real gRPC on a port of their own. Methods are named
// "causeway.homeserver.v1.Rooms/SendEvent". One that was given no answer gives
// an empty response. One with two streams answers each message by itself; those
// that only the server streams aren't there.
//
// Thread-safe.
class FakePeers {
 public:
  FakePeers();
  ~FakePeers();

  // Leads to all of them.
  std::shared_ptr<grpc::Channel> channel() const;

  // What `method` answers from now on. Runs on a thread of gRPC.
  template <typename Request, typename Response>
  void Answer(absl::string_view method,
              std::function<absl::StatusOr<Response>(const Request&)> answer) {
    AnswerBytes(method,
                [answer = std::move(answer)](
                    const std::string& bytes) -> absl::StatusOr<std::string> {
                  Request request;
                  request.ParseFromString(bytes);
                  absl::StatusOr<Response> response = answer(request);
                  if (!response.ok()) return response.status();
                  return response->SerializeAsString();
                });
  }
  // The same for any request.
  template <typename Response>
  void Answer(absl::string_view method, const Response& response) {
    AnswerBytes(method, [bytes = response.SerializeAsString()](
                            const std::string&) { return bytes; });
  }
  void Fail(absl::string_view method, const absl::Status& status) {
    AnswerBytes(method, [status](const std::string&) { return status; });
  }

  // What `method` was asked, in order.
  template <typename Request>
  std::vector<Request> Requests(absl::string_view method) const {
    std::vector<Request> requests;
    for (const std::string& bytes : RequestBytes(method)) {
      requests.emplace_back().ParseFromString(bytes);
    }
    return requests;
  }
  // Waits until `method` has been asked `times`.
  void AwaitAsked(absl::string_view method, size_t times = 1) const;
  // Of the last call of any method.
  std::string last_request_id() const;

  // From now on nobody can be reached.
  void Stop();

 private:
  class Server;
  using BytesAnswer =
      std::function<absl::StatusOr<std::string>(const std::string&)>;

  void AnswerBytes(absl::string_view method, BytesAnswer answer);
  std::vector<std::string> RequestBytes(absl::string_view method) const;

  const std::unique_ptr<Server> server_;
};

}  // namespace causeway::gateway

#endif  // CAUSEWAY_SERVICES_GATEWAY_FAKE_PEERS_H_
