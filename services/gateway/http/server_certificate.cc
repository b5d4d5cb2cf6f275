#include "services/gateway/http/server_certificate.h"

#include <sys/stat.h>

#include <algorithm>
#include <boost/system/error_code.hpp>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "services/shared/server/logging.h"
#include "services/shared/status/status_macros.h"
#include "services/shared/tls/pem_files.h"

namespace causeway::gateway {
namespace {

using boost::asio::ssl::context;

// Which file it is, and when it was changed. Empty: there is none.
std::string Identify(const std::string& path) {
  struct stat file = {};
  if (stat(path.c_str(), &file) != 0) return "";
  return absl::StrCat(file.st_dev, " ", file.st_ino, " ", file.st_size, " ",
                      file.st_mtim.tv_sec, " ", file.st_mtim.tv_nsec);
}

// Of what the client offers, HTTP/1.1 is spoken here; who doesn't offer it is
// answered in it all the same, as those are who offer nothing.
int SelectProtocol(SSL*, const unsigned char** chosen,
                   unsigned char* chosen_size, const unsigned char* offered,
                   unsigned int offered_size, void*) {
  constexpr absl::string_view kHttp11 = "http/1.1";
  for (unsigned int i = 0; i < offered_size; i += 1U + offered[i]) {
    const auto size = std::min<size_t>(offered[i], offered_size - i - 1);
    const absl::string_view one(reinterpret_cast<const char*>(offered + i + 1),
                                size);
    if (one != kHttp11) continue;
    *chosen = offered + i + 1;
    *chosen_size = offered[i];
    return SSL_TLSEXT_ERR_OK;
  }
  return SSL_TLSEXT_ERR_NOACK;
}

absl::StatusOr<std::shared_ptr<context>> MakeContext(
    const ServerCertificate::Files& files) {
  CAUSEWAY_RETURN_IF_ERROR(tls::CheckPair(files.certificate, files.key));
  auto made = std::make_shared<context>(context::tls_server);
  boost::system::error_code error;
  made->use_certificate_chain_file(files.certificate, error);
  if (!error) made->use_private_key_file(files.key, context::pem, error);
  if (error) {
    return absl::InvalidArgumentError(absl::StrCat(
        files.certificate, " and ", files.key, ": ", error.message()));
  }
  SSL_CTX* const native = made->native_handle();
  SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
  SSL_CTX_set_options(native, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  // Thousands of connections are idle.
  SSL_CTX_set_mode(native, SSL_MODE_RELEASE_BUFFERS);
  // Who comes again has a ticket.
  SSL_CTX_set_session_cache_mode(native, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_alpn_select_cb(native, &SelectProtocol, nullptr);
  return made;
}

}  // namespace

ServerCertificate::ServerCertificate(Files files, HttpObserver& observer,
                                     const Clock& clock)
    : files_(std::move(files)),
      observer_(observer),
      clock_(clock),
      looked_at_(clock.MonotonicNow()) {}

absl::StatusOr<std::unique_ptr<ServerCertificate>> ServerCertificate::FromFiles(
    Files files, HttpObserver& observer, const Clock& clock) {
  std::unique_ptr<ServerCertificate> certificate(
      new ServerCertificate(std::move(files), observer, clock));
  CAUSEWAY_RETURN_IF_ERROR(certificate->Load());
  return certificate;
}

std::shared_ptr<context> ServerCertificate::Current() {
  const absl::Duration now = clock_.MonotonicNow();
  if (now - looked_at_ >= kReloadInterval) {
    looked_at_ = now;
    if (Look() != seen_) {
      const absl::Status loaded = Load();
      if (loaded.ok()) {
        log::Info("clients see another certificate now",
                  {{"file", files_.certificate}});
      } else {
        log::Error("clients go on seeing the certificate of before",
                   {{"error", loaded}});
      }
    }
  }
  return context_;
}

ServerCertificate::Seen ServerCertificate::Look() const {
  return {.certificate = Identify(files_.certificate),
          .key = Identify(files_.key)};
}

absl::Status ServerCertificate::Load() {
  // Before it is read: what is replaced meanwhile is read again.
  seen_ = Look();
  CAUSEWAY_ASSIGN_OR_RETURN(const absl::Time expiry,
                            tls::ExpiryTime(files_.certificate));
  CAUSEWAY_ASSIGN_OR_RETURN(context_, MakeContext(files_));
  observer_.CertificateShown(expiry);
  return absl::OkStatus();
}

}  // namespace causeway::gateway
