#ifndef CAUSEWAY_SERVICES_SHARED_SERVER_TESTING_LOOPBACK_SERVER_H_
#define CAUSEWAY_SERVICES_SHARED_SERVER_TESTING_LOOPBACK_SERVER_H_

#include <grpcpp/channel.h>

#include <memory>
#include <string>

namespace grpc {
class Server;
class Service;
}  // namespace grpc

namespace causeway::server {

// Serves one service on a free port of this machine, for its test. Ends the
// test binary when it can't.
//
// Thread-compatible.
class LoopbackServer {
 public:
  // `service` must outlive the server.
  explicit LoopbackServer(grpc::Service& service);
  ~LoopbackServer();

  const std::string& address() const { return address_; }
  // To this server, as services have them to each other.
  std::shared_ptr<grpc::Channel> channel() const;

  // Cancels calls under way, and waits for their end.
  void Stop();

 private:
  std::unique_ptr<grpc::Server> server_;
  std::string address_;
};

}  // namespace causeway::server

#endif  // CAUSEWAY_SERVICES_SHARED_SERVER_TESTING_LOOPBACK_SERVER_H_
