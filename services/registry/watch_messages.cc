#include "services/registry/watch_messages.h"

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/registry/registry_protos.h"

namespace causeway::registry {

std::vector<v1::WatchResponse> ToWatchMessages(
    int64_t revision, const RegistryState::Difference& difference,
    const std::string& server_name, bool with_secrets) {
  std::vector<v1::WatchResponse> messages;
  v1::WatchResponse* message = nullptr;
  size_t message_bytes = 0;
  auto begin_message = [&] {
    message = &messages.emplace_back();
    message->set_revision(revision);
    message_bytes = 0;
  };

  begin_message();
  message->set_reset(difference.reset);
  if (difference.reset) message->set_server_name(server_name);
  for (int64_t uid : difference.removed_uids) {
    message->add_removed_uids(absl::StrCat(uid));
    message_bytes += message->removed_uids().rbegin()->size();
    if (message_bytes >= kWatchMessageBytesMax) begin_message();
  }
  for (const std::shared_ptr<const Appservice>& appservice :
       difference.updated) {
    v1::Appservice updated = ToProto(*appservice, with_secrets);
    const size_t bytes = updated.ByteSizeLong();
    if (message_bytes > 0 && message_bytes + bytes > kWatchMessageBytesMax) {
      begin_message();
    }
    message_bytes += bytes;
    *message->add_updated() = std::move(updated);
  }
  messages.back().set_complete(true);
  return messages;
}

}  // namespace causeway::registry
