#ifndef CAUSEWAY_SERVICES_HOMESERVER_SENT_TXNS_SENT_TXNS_H_
#define CAUSEWAY_SERVICES_HOMESERVER_SENT_TXNS_SENT_TXNS_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/shared/postgres/pool.h"

namespace causeway::homeserver {

// The transaction IDs by which clients' repeated requests are known again: of
// events (0005_sent_events.sql) and of messages to devices
// (0032_to_device.sql). Their stores write them; here they end.
//
// Thread-safe. Calls block. UNAVAILABLE when the database is away.
class SentTxns {
 public:
  struct Options {
    absl::Duration kept = absl::Hours(24);
    int batch = 10000;  // Rows of one transaction.
  };

  // `pool` must outlive it.
  SentTxns(Options options, postgres::Pool& pool);

  // Drops those that are older than `kept` at the time of `now`, and returns
  // how many these were. A request that is repeated later is a new one.
  absl::StatusOr<int64_t> DropOlder(absl::Time now);

 private:
  const Options options_;
  postgres::Pool& pool_;
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_SENT_TXNS_SENT_TXNS_H_
