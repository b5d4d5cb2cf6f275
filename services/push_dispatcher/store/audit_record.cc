#include "services/push_dispatcher/store/audit_record.h"

#include "absl/strings/escaping.h"
#include "services/shared/matrix/utf8.h"

namespace causeway::push {

std::string ToReason(absl::string_view text) {
  std::string reason(text.substr(0, kReasonBytesMax));
  // No character is cut in two.
  size_t cut = reason.size();
  if (reason.size() < text.size()) {
    while (cut > 0 && (static_cast<unsigned char>(text[cut]) & 0xc0) == 0x80) {
      --cut;
    }
    reason.resize(cut);
  }
  if (matrix::IsValidUtf8(reason) && reason.find('\0') == std::string::npos) {
    return reason;
  }
  return absl::CEscape(reason).substr(0, kReasonBytesMax);
}

}  // namespace causeway::push
