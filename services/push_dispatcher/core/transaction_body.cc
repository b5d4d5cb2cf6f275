#include "services/push_dispatcher/core/transaction_body.h"

#include <utility>

namespace causeway::push {
namespace {

constexpr absl::string_view kPrefix = R"({"events":[)";
constexpr absl::string_view kSuffix = "]}";

void Append(std::string& out, absl::string_view text) {
  out.append(text.data(), text.size());
}

}  // namespace

TransactionBody::TransactionBody(TransactionLimits limits) : limits_(limits) {
  Append(body_, kPrefix);
}

bool TransactionBody::Add(absl::string_view event_json) {
  if (event_count_ > 0) {
    const int64_t body_bytes = static_cast<int64_t>(
        body_.size() + 1 + event_json.size() + kSuffix.size());
    if (event_count_ >= limits_.events_max ||
        body_bytes > limits_.body_bytes_max) {
      return false;
    }
    body_.push_back(',');
  }
  Append(body_, event_json);
  ++event_count_;
  return true;
}

std::shared_ptr<const std::string> TransactionBody::Finish() {
  Append(body_, kSuffix);
  return std::make_shared<const std::string>(std::move(body_));
}

}  // namespace causeway::push
