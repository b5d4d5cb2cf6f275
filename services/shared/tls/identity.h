#ifndef CAUSEWAY_SERVICES_SHARED_TLS_IDENTITY_H_
#define CAUSEWAY_SERVICES_SHARED_TLS_IDENTITY_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace grpc {
class ChannelCredentials;
class ServerCredentials;
namespace experimental {
class CertificateProviderInterface;
}  // namespace experimental
}  // namespace grpc

namespace causeway::tls {

// The DNS name by which a certificate says whose it is: for "query_proxy"
// "causeway-query-proxy". A service is called wherever it listens, so its
// address proves nothing.
std::string CertificateName(absl::string_view service);

// How a process shows who it is, and by which authority it knows others: mutual
// TLS from files of PEM, which are looked at every kReloadSeconds, so that
// they can be replaced while it runs. Connections that stand stay as they are.
// Replace key and certificate together (a new directory behind a symbolic
// link, as Kubernetes does): until both have come, connections are refused.
//
// Thread-safe.
class Identity {
 public:
  struct Files {
    std::string certificate;  // May be a chain, its own certificate first.
    std::string key;
    std::string ca;  // Of all services and operators, and of nobody else.
  };

  static constexpr int kReloadSeconds = 2;

  // INVALID_ARGUMENT naming the file that is wrong. A client may be without
  // certificate and key, both empty, and has to say who it is otherwise.
  static absl::StatusOr<std::shared_ptr<const Identity>> FromFiles(
      const Files& files);

  // For a server. It verifies the certificates of clients, and turns away those
  // that have none unless `anonymous_clients`.
  std::shared_ptr<grpc::ServerCredentials> ServerCredentials(
      bool anonymous_clients) const;

  // For a channel, which has to say whose certificate the server is to have
  // (server::ChannelOptions).
  std::shared_ptr<grpc::ChannelCredentials> ChannelCredentials() const;

  const Files& files() const { return files_; }

 private:
  explicit Identity(const Files& files);

  const Files files_;
  const std::shared_ptr<grpc::experimental::CertificateProviderInterface>
      provider_;
};

}  // namespace causeway::tls

#endif  // CAUSEWAY_SERVICES_SHARED_TLS_IDENTITY_H_
