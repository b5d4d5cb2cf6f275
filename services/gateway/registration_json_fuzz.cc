// Goal: whatever an application service posts, it becomes a registration with a
// token and a URL or an id, or an error with an errcode.
#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "causeway/registry/v1/registry.pb.h"
#include "services/gateway/registration_json.h"
#include "services/shared/matrix/utf8.h"
#include "services/shared/status/errcode.h"
#include "tests/fuzz/require.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using causeway::fuzz::Require;
  using causeway::matrix::IsValidUtf8;
  namespace pb = causeway::registry::v1;

  const absl::string_view body(reinterpret_cast<const char*>(data), size);
  (void)causeway::gateway::ParseUnregistration(body).ok();
  const absl::StatusOr<pb::RegisterRequest> request =
      causeway::gateway::ParseRegistration(body);
  if (!request.ok()) {
    Require(!causeway::GetErrcode(request.status()).empty(),
            "errors have an errcode");
    Require(IsValidUtf8(request.status().message()), "messages are UTF-8");
    return 0;
  }
  Require(!request->as_token().empty(), "there is a token");
  Require(!request->id().empty() || !request->url().empty(),
          "a registration of the draft has a URL");
  for (const pb::Namespace& entry : request->namespaces()) {
    Require(entry.kind() != pb::Namespace::KIND_UNSPECIFIED,
            "namespaces have a kind");
    Require(IsValidUtf8(entry.regex()), "expressions are UTF-8");
  }
  return 0;
}
