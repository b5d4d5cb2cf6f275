#include "services/homeserver/wiring/update_parts.h"

#include <utility>

namespace causeway::homeserver {

UpdateParts::UpdateParts(postgres::Pool& pool, EphemeralSink& sink,
                         RoomHistory& history,
                         const std::function<void()>& kept,
                         std::function<void()> published, const Clock& clock)
    : log(pool),
      account_data(pool, kept),
      receipt_store(pool, kept),
      to_device(pool, kept, std::move(published)),
      device_key_store(pool, kept),
      user_data(account_data),
      push_rules(user_data),
      device_keys(device_key_store),
      device_messages(to_device),
      receipts(history, receipt_store, user_data, sink, clock) {}

}  // namespace causeway::homeserver
