#include "services/shared/appservice_client/transaction_trace.h"

#include <cstddef>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "services/shared/matrix/token.h"

namespace causeway::appservice_client {
namespace {

constexpr size_t kTraceIdBytes = 16;

}  // namespace

std::string TransactionTraceId(absl::string_view appservice_uid,
                               absl::string_view txn_id) {
  const std::string digest =
      matrix::Sha256(absl::StrCat(appservice_uid, "/", txn_id));
  return absl::BytesToHexString(
      absl::string_view(digest).substr(0, kTraceIdBytes));
}

}  // namespace causeway::appservice_client
