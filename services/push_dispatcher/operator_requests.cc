#include "services/push_dispatcher/operator_requests.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "services/push_dispatcher/store/audit_record.h"
#include "services/push_dispatcher/store/operator_store.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/status/status_macros.h"

namespace causeway::push {
namespace {

constexpr int32_t kPageSizeDefault = 50;
constexpr int32_t kPageSizeMax = 1000;
constexpr size_t kAppserviceIdBytesMax = 255;
constexpr size_t kEventIdBytesMax = 255;
constexpr size_t kTxnIdBytesMax = 255;
constexpr int32_t kRejectionsMaxMax = 1000;
constexpr int64_t kEventAgeMaxSecondsMax = 3153600000;  // 100 years.

absl::Status CheckText(absl::string_view field, absl::string_view text,
                       size_t bytes_max) {
  if (!text.empty() && text.size() <= bytes_max &&
      text.find('\0') == absl::string_view::npos) {
    return absl::OkStatus();
  }
  return matrix::InvalidParam(
      field, absl::StrCat("must have 1 to ", bytes_max, " bytes and no NUL"));
}

absl::Status NotAToken() {
  return matrix::InvalidParam("page_token", "no list has given it");
}

absl::StatusOr<OnRejection> ParseOnRejection(v1::Policy::OnRejection value) {
  switch (value) {
    case v1::Policy::ON_REJECTION_UNSPECIFIED:
    case v1::Policy::BLOCK:
      return OnRejection::kBlock;
    case v1::Policy::QUARANTINE:
      return OnRejection::kQuarantine;
    case v1::Policy::SKIP:
      return OnRejection::kSkip;
    default:
      return matrix::InvalidParam("policy.on_rejection", "isn't a known value");
  }
}

absl::StatusOr<OnExpiry> ParseOnExpiry(v1::Policy::OnExpiry value) {
  switch (value) {
    case v1::Policy::ON_EXPIRY_UNSPECIFIED:
    case v1::Policy::DELIVER_EXPIRED:
      return OnExpiry::kDeliver;
    case v1::Policy::QUARANTINE_EXPIRED:
      return OnExpiry::kQuarantine;
    case v1::Policy::DROP_EXPIRED:
      return OnExpiry::kDrop;
    default:
      return matrix::InvalidParam("policy.on_expiry", "isn't a known value");
  }
}

}  // namespace

absl::Status CheckAppserviceId(absl::string_view appservice_id) {
  return CheckText("appservice_id", appservice_id, kAppserviceIdBytesMax);
}

absl::Status CheckEventId(absl::string_view event_id) {
  return CheckText("event_id", event_id, kEventIdBytesMax);
}

absl::Status CheckReason(absl::string_view reason) {
  return CheckText("reason", reason, kReasonBytesMax);
}

absl::Status CheckTxnId(absl::string_view txn_id) {
  return CheckText("txn_id", txn_id, kTxnIdBytesMax);
}

absl::StatusOr<QueueSettings> ParsePolicy(const v1::Policy& policy) {
  QueueSettings settings;
  CAUSEWAY_ASSIGN_OR_RETURN(settings.on_rejection,
                            ParseOnRejection(policy.on_rejection()));
  CAUSEWAY_ASSIGN_OR_RETURN(settings.on_expiry,
                            ParseOnExpiry(policy.on_expiry()));
  if (policy.rejections_max() < 0 ||
      policy.rejections_max() > kRejectionsMaxMax) {
    return matrix::InvalidParam("policy.rejections_max",
                                absl::StrCat("must be 1 to ", kRejectionsMaxMax,
                                             ", or 0 for the default"));
  }
  if (policy.rejections_max() > 0) {
    settings.rejections_max = policy.rejections_max();
  }
  const int64_t seconds = policy.event_age_max_seconds();
  if (seconds < 0 || seconds > kEventAgeMaxSecondsMax) {
    return matrix::InvalidParam(
        "policy.event_age_max_seconds",
        absl::StrCat("must be 0 to ", kEventAgeMaxSecondsMax));
  }
  if (seconds == 0 && settings.on_expiry != OnExpiry::kDeliver) {
    return matrix::InvalidParam("policy.event_age_max_seconds",
                                "must be 1 or more with this on_expiry");
  }
  if (seconds > 0) settings.event_age_max = absl::Seconds(seconds);
  settings.remembers_every_id = policy.remembers_every_txn_id();
  return settings;
}

absl::StatusOr<int32_t> ParsePageSize(int32_t page_size) {
  if (page_size < 0) {
    return matrix::InvalidParam("page_size", "must not be negative");
  }
  return page_size == 0 ? kPageSizeDefault : std::min(page_size, kPageSizeMax);
}

std::string TextPageToken(absl::string_view last) {
  return absl::WebSafeBase64Escape(last);
}

absl::StatusOr<std::string> ParseTextPageToken(absl::string_view token) {
  std::string last;
  if (!absl::WebSafeBase64Unescape(token, &last) ||
      last.find('\0') != std::string::npos) {
    return NotAToken();
  }
  return last;
}

std::string IdPageToken(int64_t last_id) {
  return TextPageToken(absl::StrCat(last_id));
}

absl::StatusOr<int64_t> ParseIdPageToken(absl::string_view token) {
  if (token.empty()) return kNewest;
  CAUSEWAY_ASSIGN_OR_RETURN(const std::string text, ParseTextPageToken(token));
  int64_t last_id = 0;
  if (!absl::SimpleAtoi(text, &last_id)) return NotAToken();
  return last_id;
}

}  // namespace causeway::push
