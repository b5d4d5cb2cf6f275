#ifndef CAUSEWAY_SERVICES_GATEWAY_HTTP_SERVER_CERTIFICATE_H_
#define CAUSEWAY_SERVICES_GATEWAY_HTTP_SERVER_CERTIFICATE_H_

#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/gateway/http/http_observer.h"
#include "services/shared/clock/clock.h"

namespace causeway::gateway {

// What clients see of the server over TLS 1.2 or 1.3: a certificate and its key
// from files of PEM, which are looked at every kReloadInterval, so that they
// can be replaced while it runs. Until both have come, and when what has come
// is no good, the last good pair is shown; connections that stand stay as they
// are.
//
// Thread-compatible.
class ServerCertificate {
 public:
  struct Files {
    std::string certificate;  // May be a chain, its own certificate first.
    std::string key;          // Without a passphrase.
  };

  static constexpr absl::Duration kReloadInterval = absl::Seconds(2);

  // INVALID_ARGUMENT naming the file that is wrong. `observer` and `clock` must
  // outlive it.
  static absl::StatusOr<std::unique_ptr<ServerCertificate>> FromFiles(
      Files files, HttpObserver& observer, const Clock& clock);

  // For the next connection.
  std::shared_ptr<boost::asio::ssl::context> Current();

 private:
  // What tells whether the files have been replaced.
  struct Seen {
    std::string certificate;
    std::string key;

    bool operator==(const Seen&) const = default;
  };

  ServerCertificate(Files files, HttpObserver& observer, const Clock& clock);
  Seen Look() const;
  absl::Status Load();

  const Files files_;
  HttpObserver& observer_;
  const Clock& clock_;
  absl::Duration looked_at_;
  Seen seen_;
  std::shared_ptr<boost::asio::ssl::context> context_;
};

}  // namespace causeway::gateway

#endif  // CAUSEWAY_SERVICES_GATEWAY_HTTP_SERVER_CERTIFICATE_H_
