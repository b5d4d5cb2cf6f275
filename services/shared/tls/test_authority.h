#ifndef CAUSEWAY_SERVICES_SHARED_TLS_TEST_AUTHORITY_H_
#define CAUSEWAY_SERVICES_SHARED_TLS_TEST_AUTHORITY_H_

#include <string>

#include "absl/strings/string_view.h"
#include "services/shared/tls/identity.h"

namespace causeway::tls {

// An authority that signs certificates for a test, by the openssl program, in
// the test's own directory. Ends the test binary when it can't.
//
// Thread-compatible.
class TestAuthority {
 public:
  explicit TestAuthority(absl::string_view name);

  // A certificate for `name`, good for so many days, over what was there before
  // under that name.
  Identity::Files Sign(absl::string_view name, int days = 30) const;

 private:
  const std::string base_;  // Of the names of all files.
};

}  // namespace causeway::tls

#endif  // CAUSEWAY_SERVICES_SHARED_TLS_TEST_AUTHORITY_H_
