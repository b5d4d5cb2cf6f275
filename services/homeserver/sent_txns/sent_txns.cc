#include "services/homeserver/sent_txns/sent_txns.h"

#include <pqxx/pqxx>

#include "absl/status/status.h"
#include "services/homeserver/accounts/sql_values.h"
#include "services/shared/status/status_macros.h"

namespace causeway::homeserver {
namespace {

constexpr const char* kDropOlder[] = {
    "DELETE FROM sent_events WHERE ctid = ANY (ARRAY("
    "  SELECT ctid FROM sent_events WHERE send_time < $1 LIMIT $2))",
    "DELETE FROM sent_to_device WHERE ctid = ANY (ARRAY("
    "  SELECT ctid FROM sent_to_device WHERE send_time < $1 LIMIT $2))",
};

}  // namespace

SentTxns::SentTxns(Options options, postgres::Pool& pool)
    : options_(options), pool_(pool) {}

absl::StatusOr<int64_t> SentTxns::DropOlder(absl::Time now) {
  int64_t dropped = 0;
  for (const char* drop : kDropOlder) {
    int64_t in_batch = 0;
    do {
      CAUSEWAY_RETURN_IF_ERROR(pool_.Run([&](pqxx::work& work) {
        in_batch = static_cast<int64_t>(
            work.exec_params(drop, SqlTime(now - options_.kept), options_.batch)
                .affected_rows());
        return absl::OkStatus();
      }));
      dropped += in_batch;
    } while (in_batch == options_.batch);
  }
  return dropped;
}

}  // namespace causeway::homeserver
