#include "services/shared/tls/test_authority.h"

#include <cstdlib>
#include <iostream>

#include "absl/strings/str_cat.h"

namespace causeway::tls {
namespace {

void OrAbort(const std::string& command) {
  // The test's own files, no input of anybody's.
  if (std::system(command.c_str()) == 0) return;  // NOLINT(cert-env33-c)
  std::cerr << "failed: " << command << "\n";
  std::abort();
}

std::string Base(absl::string_view name) {
  const char* directory = std::getenv("TEST_TMPDIR");
  return absl::StrCat(directory == nullptr ? "/tmp" : directory, "/", name);
}

constexpr char kNewKey[] =
    "openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes "
    "-subj /CN=nobody ";

}  // namespace

TestAuthority::TestAuthority(absl::string_view name) : base_(Base(name)) {
  OrAbort(absl::StrCat(kNewKey, "-x509 -days 30 -keyout ", base_, ".key -out ",
                       base_, ".pem 2>/dev/null"));
}

Identity::Files TestAuthority::Sign(absl::string_view name, int days) const {
  const std::string base = absl::StrCat(base_, "-", name);
  OrAbort(absl::StrCat(kNewKey, "-keyout ", base, ".key -out ", base,
                       ".csr -addext subjectAltName=DNS:", name,
                       " 2>/dev/null && openssl x509 -req -in ", base,
                       ".csr -CA ", base_, ".pem -CAkey ", base_,
                       ".key -CAcreateserial -copy_extensions copy -days ",
                       days, " -out ", base, ".pem 2>/dev/null"));
  return {.certificate = absl::StrCat(base, ".pem"),
          .key = absl::StrCat(base, ".key"),
          .ca = absl::StrCat(base_, ".pem")};
}

}  // namespace causeway::tls
