#include "services/push_dispatcher/core/transaction_body.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace causeway::push {
namespace {

constexpr size_t kPrefixBytes = sizeof(kEventsArray);  // "{" for the NUL.
constexpr absl::string_view kSuffix = "]}";

void Append(std::string& out, absl::string_view text) {
  out.append(text.data(), text.size());
}

void AppendItem(std::string& list, absl::string_view item) {
  if (!list.empty()) list.push_back(',');
  Append(list, item);
}

// What two arrays of `items` add to a body: each "],", its name and the items.
int64_t ArraysBytes(absl::string_view name, absl::string_view old_name,
                    size_t items_bytes) {
  if (items_bytes == 0) return 0;
  return static_cast<int64_t>(4 + name.size() + old_name.size() +
                              2 * items_bytes);
}

}  // namespace

TransactionBody::TransactionBody(TransactionLimits limits) : limits_(limits) {
  body_.push_back('{');
  Append(body_, kEventsArray);
}

int64_t TransactionBody::BodyBytes() const {
  return static_cast<int64_t>(body_.size() + kSuffix.size()) +
         ArraysBytes(kEphemeralArray, kOldEphemeralArray, ephemeral_.size()) +
         ArraysBytes(kToDeviceArray, kOldToDeviceArray, to_device_.size());
}

bool TransactionBody::MayAdd(int64_t more_bytes) const {
  return event_count_ == 0 ||
         (event_count_ < limits_.events_max &&
          BodyBytes() + more_bytes <= limits_.body_bytes_max);
}

bool TransactionBody::Add(absl::string_view event_json) {
  const bool comma = body_.size() > kPrefixBytes;
  if (!MayAdd(static_cast<int64_t>((comma ? 1 : 0) + event_json.size()))) {
    return false;
  }
  if (comma) body_.push_back(',');
  Append(body_, event_json);
  ++event_count_;
  return true;
}

bool TransactionBody::AddToDevice(absl::string_view message_json) {
  const size_t items_bytes =
      to_device_.size() + (to_device_.empty() ? 0 : 1) + message_json.size();
  if (!MayAdd(
          ArraysBytes(kToDeviceArray, kOldToDeviceArray, items_bytes) -
          ArraysBytes(kToDeviceArray, kOldToDeviceArray, to_device_.size()))) {
    return false;
  }
  AppendItem(to_device_, message_json);
  ++event_count_;
  return true;
}

bool TransactionBody::AddEphemeral(absl::string_view event_jsons) {
  if (BodyBytes() +
          ArraysBytes(kEphemeralArray, kOldEphemeralArray, event_jsons.size()) >
      limits_.body_bytes_max) {
    return false;
  }
  Append(ephemeral_, event_jsons);
  return true;
}

std::shared_ptr<const std::string> TransactionBody::Finish() {
  if (!ephemeral_.empty()) {
    absl::StrAppend(&body_, "],", kEphemeralArray, ephemeral_, "],",
                    kOldEphemeralArray, ephemeral_);
  }
  if (!to_device_.empty()) {
    absl::StrAppend(&body_, "],", kToDeviceArray, to_device_, "],",
                    kOldToDeviceArray, to_device_);
  }
  Append(body_, kSuffix);
  return std::make_shared<const std::string>(std::move(body_));
}

}  // namespace causeway::push
