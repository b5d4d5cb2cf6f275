// A row of `queues` in the domain's words.
#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_STORE_QUEUE_ROW_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_STORE_QUEUE_ROW_H_

#include <pqxx/pqxx>
#include <string>

#include "absl/status/statusor.h"
#include "services/push_dispatcher/core/queue_head.h"
#include "services/push_dispatcher/core/queue_settings.h"

namespace causeway::push {

// What to select from `queues AS q` for ReadQueueHead().
inline constexpr char kQueueHeadColumns[] =
    "q.head_txn_id, q.sealed_transactions::text AS sealed_transactions, "
    "array_to_string(q.cursors, ',', '0') AS cursors";

// The same for ReadQueueSettings().
inline constexpr char kQueueSettingsColumns[] =
    "q.paused, q.remembers_every_id, q.on_rejection, q.rejections_max, "
    "q.on_expiry, q.event_age_max_seconds, q.body_bytes_max_learned";

// These read a row that has the columns, by name, and throw what pqxx throws.
// DATA_LOSS when the list of sealed transactions is damaged.
absl::StatusOr<QueueHead> ReadQueueHead(const pqxx::row& row);
QueueSettings ReadQueueSettings(const pqxx::row& row);

// As the columns have it: "{1,0,7}".
std::string CursorsSql(const Cursors& cursors);

// The bytes of a bytea field.
std::string ReadBytes(const pqxx::field& field);

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_STORE_QUEUE_ROW_H_
