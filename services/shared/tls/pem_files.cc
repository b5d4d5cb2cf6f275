#include "services/shared/tls/pem_files.h"

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <ctime>
#include <memory>

#include "absl/strings/str_cat.h"
#include "services/shared/status/status_macros.h"

namespace causeway::tls {
namespace {

using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;
using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

absl::Status Bad(const std::string& path, absl::string_view what) {
  ERR_clear_error();  // Else the next reader of this thread's queue finds it.
  return absl::InvalidArgumentError(absl::StrCat(path, " ", what));
}

// Asked for when a key has a passphrase: there is none.
int NoPassphrase(char*, int, int, void*) { return -1; }

absl::StatusOr<Certificate> ReadCertificate(const std::string& path) {
  const Bio file(BIO_new_file(path.c_str(), "r"), &BIO_free);
  if (file == nullptr) return Bad(path, "can't be read");
  Certificate certificate(
      PEM_read_bio_X509(file.get(), nullptr, &NoPassphrase, nullptr),
      &X509_free);
  if (certificate == nullptr) return Bad(path, "holds no certificate in PEM");
  return certificate;
}

absl::StatusOr<Key> ReadKey(const std::string& path) {
  const Bio file(BIO_new_file(path.c_str(), "r"), &BIO_free);
  if (file == nullptr) return Bad(path, "can't be read");
  Key key(PEM_read_bio_PrivateKey(file.get(), nullptr, &NoPassphrase, nullptr),
          &EVP_PKEY_free);
  if (key == nullptr) {
    return Bad(path, "holds no private key in PEM without a passphrase");
  }
  return key;
}

}  // namespace

absl::Status CheckPair(const std::string& certificate, const std::string& key) {
  CAUSEWAY_ASSIGN_OR_RETURN(const Certificate read,
                            ReadCertificate(certificate));
  CAUSEWAY_ASSIGN_OR_RETURN(const Key read_key, ReadKey(key));
  if (X509_check_private_key(read.get(), read_key.get()) != 1) {
    return Bad(key, absl::StrCat("is not the key of ", certificate));
  }
  return absl::OkStatus();
}

absl::Status CheckCertificate(const std::string& certificate) {
  return ReadCertificate(certificate).status();
}

absl::Status CheckName(const std::string& certificate, absl::string_view name) {
  CAUSEWAY_ASSIGN_OR_RETURN(const Certificate read,
                            ReadCertificate(certificate));
  constexpr unsigned int kAlternativeNamesOnly =
      X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_WILDCARDS;
  if (X509_check_host(read.get(), name.data(), name.size(),
                      kAlternativeNamesOnly, nullptr) != 1) {
    return Bad(certificate,
               absl::StrCat("is not for ", name,
                            ": no DNS name among its subject alternative names "
                            "is that"));
  }
  return absl::OkStatus();
}

absl::StatusOr<absl::Time> ExpiryTime(const std::string& certificate) {
  CAUSEWAY_ASSIGN_OR_RETURN(const Certificate read,
                            ReadCertificate(certificate));
  tm expiry = {};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(read.get()), &expiry) != 1) {
    return Bad(certificate, "does not tell when it expires");
  }
  return absl::FromTM(expiry, absl::UTCTimeZone());
}

}  // namespace causeway::tls
