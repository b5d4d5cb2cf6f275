#include "services/shared/server/testing/loopback_server.h"

#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <chrono>
#include <cstdlib>
#include <iostream>

#include "absl/strings/str_cat.h"
#include "services/shared/server/channel.h"

namespace causeway::server {

LoopbackServer::LoopbackServer(grpc::Service& service) {
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(),
                           &port);
  builder.RegisterService(&service);
  server_ = builder.BuildAndStart();
  if (server_ == nullptr) {
    std::cerr << "can't listen on 127.0.0.1\n";
    std::abort();
  }
  address_ = absl::StrCat("127.0.0.1:", port);
}

LoopbackServer::~LoopbackServer() { Stop(); }

std::shared_ptr<grpc::Channel> LoopbackServer::channel() const {
  return MakeChannel(address_);
}

void LoopbackServer::Stop() {
  server_->Shutdown(std::chrono::system_clock::now());
  server_->Wait();
}

}  // namespace causeway::server
