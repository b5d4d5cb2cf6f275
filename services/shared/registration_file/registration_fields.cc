#include "services/shared/registration_file/registration_fields.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/matrix/utf8.h"
#include "services/shared/status/status_macros.h"

namespace causeway::registration_file {
namespace {

using matrix::InvalidParam;

absl::Status CheckLength(absl::string_view field, absl::string_view text,
                         size_t bytes_max) {
  if (text.size() <= bytes_max) return absl::OkStatus();
  return InvalidParam(field,
                      absl::StrCat("has more than ", bytes_max, " bytes"));
}

absl::Status CheckText(absl::string_view field, absl::string_view text,
                       size_t bytes_max) {
  CAUSEWAY_RETURN_IF_ERROR(CheckLength(field, text, bytes_max));
  if (!matrix::IsValidUtf8(text)) return InvalidParam(field, "is not UTF-8");
  if (matrix::HasControlCharacter(text)) {
    return InvalidParam(field, "holds a control character");
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckAppserviceId(absl::string_view id) {
  if (id.empty()) return InvalidParam("id", "is empty");
  return CheckText("id", id, kAppserviceIdBytesMax);
}

absl::Status CheckAsToken(absl::string_view token) {
  if (token.empty()) return matrix::MissingToken();
  return CheckLength("as_token", token, kTokenBytesMax);
}

absl::Status CheckHsToken(absl::string_view token) {
  constexpr char kField[] = "hs_token";
  CAUSEWAY_RETURN_IF_ERROR(CheckLength(kField, token, kTokenBytesMax));
  for (char c : token) {
    if (!absl::ascii_isgraph(static_cast<unsigned char>(c))) {
      return InvalidParam(kField,
                          "holds a character that isn't printable ASCII");
    }
  }
  return absl::OkStatus();
}

absl::Status CheckProtocols(const std::vector<std::string>& protocols) {
  if (protocols.size() > kProtocolsMax) {
    return InvalidParam("protocols",
                        absl::StrCat("are more than ", kProtocolsMax));
  }
  for (size_t i = 0; i < protocols.size(); ++i) {
    CAUSEWAY_RETURN_IF_ERROR(CheckText(absl::StrCat("protocols[", i, "]"),
                                       protocols[i], kProtocolBytesMax));
  }
  return absl::OkStatus();
}

absl::Status CheckExtraFields(absl::string_view yaml) {
  constexpr char kField[] = "extra_fields_yaml";
  CAUSEWAY_RETURN_IF_ERROR(CheckLength(kField, yaml, kExtraFieldsBytesMax));
  // PostgreSQL can't keep U+0000.
  if (!matrix::IsValidUtf8(yaml) || absl::StrContains(yaml, '\0')) {
    return InvalidParam(kField, "is not UTF-8 without U+0000");
  }
  return absl::OkStatus();
}

}  // namespace causeway::registration_file
