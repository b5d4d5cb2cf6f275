#ifndef CAUSEWAY_SERVICES_SHARED_TLS_PEM_FILES_H_
#define CAUSEWAY_SERVICES_SHARED_TLS_PEM_FILES_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace causeway::tls {

// What is read from files of PEM. Errors are INVALID_ARGUMENT and name the
// file. Of a file with a chain the first certificate counts, whose the key is.
//
// Thread-safe. Calls read files.

// Whether `key` holds the private key, without a passphrase, of the certificate
// in `certificate`.
absl::Status CheckPair(const std::string& certificate, const std::string& key);

// Whether there is a certificate in it at all.
absl::Status CheckCertificate(const std::string& certificate);

// Whether the certificate is for the DNS name `name`: one of its subject
// alternative names is the same.
absl::Status CheckName(const std::string& certificate, absl::string_view name);

// When the certificate ceases to be valid.
absl::StatusOr<absl::Time> ExpiryTime(const std::string& certificate);

}  // namespace causeway::tls

#endif  // CAUSEWAY_SERVICES_SHARED_TLS_PEM_FILES_H_
