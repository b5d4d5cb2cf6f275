#include "services/shared/tls/identity.h"

#include <grpc/grpc_security_constants.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_credentials_options.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "services/shared/status/status_macros.h"
#include "services/shared/tls/pem_files.h"

namespace causeway::tls {

using grpc::experimental::FileWatcherCertificateProvider;

std::string CertificateName(absl::string_view service) {
  return absl::StrCat("causeway-", absl::StrReplaceAll(service, {{"_", "-"}}));
}

absl::StatusOr<std::shared_ptr<const Identity>> Identity::FromFiles(
    const Files& files) {
  if (!files.certificate.empty() || !files.key.empty()) {
    CAUSEWAY_RETURN_IF_ERROR(CheckPair(files.certificate, files.key));
  }
  CAUSEWAY_RETURN_IF_ERROR(CheckCertificate(files.ca));
  return std::shared_ptr<const Identity>(new Identity(files));
}

Identity::Identity(const Files& files)
    : files_(files),
      provider_(std::make_shared<FileWatcherCertificateProvider>(
          files.key, files.certificate, files.ca, kReloadSeconds)) {}

std::shared_ptr<grpc::ServerCredentials> Identity::ServerCredentials(
    bool anonymous_clients) const {
  grpc::experimental::TlsServerCredentialsOptions options(provider_);
  options.watch_root_certs();
  options.watch_identity_key_cert_pairs();
  options.set_cert_request_type(
      anonymous_clients
          ? GRPC_SSL_REQUEST_CLIENT_CERTIFICATE_AND_VERIFY
          : GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  return grpc::experimental::TlsServerCredentials(options);
}

std::shared_ptr<grpc::ChannelCredentials> Identity::ChannelCredentials() const {
  grpc::experimental::TlsChannelCredentialsOptions options;
  options.set_certificate_provider(provider_);
  options.watch_root_certs();
  if (!files_.certificate.empty()) options.watch_identity_key_cert_pairs();
  return grpc::experimental::TlsCredentials(options);
}

}  // namespace causeway::tls
