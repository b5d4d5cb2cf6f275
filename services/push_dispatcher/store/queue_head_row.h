#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_STORE_QUEUE_HEAD_ROW_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_STORE_QUEUE_HEAD_ROW_H_

#include <pqxx/pqxx>
#include <string>

#include "services/push_dispatcher/core/queue_head.h"

namespace causeway::push {

// What to select from `queues AS q` for ReadQueueHead().
inline constexpr char kQueueHeadColumns[] =
    "q.head_txn_id, q.sealed, q.sealed_source_id, q.sealed_last_position, "
    "q.sealed_event_count, q.sealed_sha256, q.sealed_format, "
    "array_to_string(q.cursors, ',', '0') AS cursors";

// The head in a row that has these columns, by name. Throws what pqxx throws.
QueueHead ReadQueueHead(const pqxx::row& row);

// The bytes of a bytea field.
std::string ReadBytes(const pqxx::field& field);

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_STORE_QUEUE_HEAD_ROW_H_
