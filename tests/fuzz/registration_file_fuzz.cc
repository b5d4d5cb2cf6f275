// The registration file that an operator hands to causewayctl, which he may
// have got from anywhere.
#include <cstddef>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "services/shared/registration_file/registration_file.h"
#include "tests/fuzz/require.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using causeway::fuzz::Require;

  const absl::string_view yaml(reinterpret_cast<const char*>(data), size);
  const auto file = causeway::registration_file::ParseRegistrationFile(yaml);
  if (!file.ok()) {
    Require(absl::IsInvalidArgument(file.status()),
            "bad files are the caller's");
    return 0;
  }
  Require(!file->id.empty(), "what is read has an id");
  Require(!file->as_token.empty() && !file->hs_token.empty(), "and tokens");
  Require(!file->sender_localpart.empty(), "and a user of its own");
  return 0;
}
