// Goal: an identifier that parses is what was given, and every text survives
// percent-encoding.
#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "services/shared/matrix/identifiers.h"
#include "services/shared/matrix/percent_encoding.h"
#include "services/shared/matrix/utf8.h"
#include "tests/fuzz/require.h"

namespace causeway::matrix {
namespace {

using fuzz::Require;

template <typename Id>
void CheckId(absl::string_view text) {
  const absl::StatusOr<Id> id = Id::Parse(text, "field");
  if (!id.ok()) {
    Require(IsValidUtf8(id.status().message()), "messages are UTF-8");
    return;
  }
  Require(id->str() == text && text.size() <= kIdBytesMax, "it is the text");
  if (id->server_name().empty()) return;
  const absl::StatusOr<ServerName> server =
      ServerName::Parse(id->server_name());
  Require(server.ok(), "the server part is a server name");
  const absl::StatusOr<Id> made = Id::Make(id->localpart(), *server);
  Require(made.ok() && *made == *id, "the parts make the whole");
}

void CheckEncoding(absl::string_view text) {
  const absl::StatusOr<std::string> decoded = DecodePathSegment(text);
  if (decoded.ok()) {
    const absl::StatusOr<std::string> again =
        DecodePathSegment(EncodeUriComponent(*decoded));
    Require(again.ok() && *again == *decoded, "decoded text can be encoded");
  } else {
    Require(IsValidUtf8(decoded.status().message()), "messages are UTF-8");
  }
  const bool is_text =
      IsValidUtf8(text) && text.find('\0') == absl::string_view::npos;
  const absl::StatusOr<std::string> same =
      DecodeQueryValue(EncodeUriComponent(text));
  Require(same.ok() == is_text && (!is_text || *same == text),
          "text survives the way there and back");
}

}  // namespace
}  // namespace causeway::matrix

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace causeway::matrix;  // NOLINT: a C function has no namespace.
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  CheckId<UserId>(text);
  CheckId<RoomId>(text);
  CheckId<RoomAlias>(text);
  CheckId<EventId>(text);
  (void)ValidateNewLocalpart(text).ok();
  CheckEncoding(text);
  return 0;
}
