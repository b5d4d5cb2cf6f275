#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_CORE_EPHEMERAL_ITEM_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_CORE_EPHEMERAL_ITEM_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/types/span.h"

namespace causeway::push {

// The smallest piece of ephemeral data: one receipt, or all of another event.
// Source: https://spec.matrix.org/v1.17/application-service-api/#pushing-ephemeral-data
struct EphemeralItem {
  enum class Kind {
    kTyping,    // Who types in a room: replaces what was said of the room.
    kReceipt,   // What one user has read: of a room, an event and a type.
    kPresence,  // Replaces what was said of the user.
  };

  Kind kind = Kind::kTyping;
  // Of kTyping and kReceipt. Of kPresence: a room that the user is in, whom it
  // interests the presence is for.
  std::string room_id = {};
  std::string user_id = {};       // Of kReceipt and kPresence.
  std::string event_id = {};      // Of kReceipt, as is the next.
  std::string receipt_type = {};  // "m.read", ...
  // Of kReceipt the receipt's data, else the event as it was published.
  std::string json = {};

  // At least what it takes in a transaction, with what separates it from
  // others.
  int64_t bytes() const;
  // Of two with the same key the later one counts.
  std::string key() const;

  bool operator==(const EphemeralItem&) const = default;
};

// Shared between the queues that they are for.
using EphemeralItems = std::vector<std::shared_ptr<const EphemeralItem>>;

// The events that tell `items`, each a JSON object. Receipts of one room are
// one event, behind all others.
std::vector<std::string> EphemeralEvents(
    absl::Span<const std::shared_ptr<const EphemeralItem>> items);

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_CORE_EPHEMERAL_ITEM_H_
