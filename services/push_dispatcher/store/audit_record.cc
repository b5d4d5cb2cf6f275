#include "services/push_dispatcher/store/audit_record.h"

#include "absl/strings/escaping.h"
#include "services/shared/matrix/utf8.h"
#include "services/shared/matrix/utf8_prefix.h"

namespace causeway::push {

std::string ToReason(absl::string_view text) {
  std::string reason(matrix::Utf8Prefix(text, kReasonBytesMax));
  if (matrix::IsValidUtf8(reason) && reason.find('\0') == std::string::npos) {
    return reason;
  }
  return absl::CEscape(reason).substr(0, kReasonBytesMax);
}

}  // namespace causeway::push
