#ifndef CAUSEWAY_SERVICES_HOMESERVER_UPDATES_POSTGRES_UPDATE_LOG_H_
#define CAUSEWAY_SERVICES_HOMESERVER_UPDATES_POSTGRES_UPDATE_LOG_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "services/homeserver/news/news_source.h"
#include "services/shared/postgres/pool.h"

namespace causeway::homeserver {

// What users are told beside events and is kept: account data, receipts,
// messages to devices and the keys of these. They share one count of positions,
// which become visible in order, so that a sync can say by one number up to
// where it has told.
//
// Reads the tables of migrations/0030_updates.sql to 0032_to_device.sql and
// 0040_device_keys.sql; each
// has a store of its own that writes.
//
// Thread-safe.
class PostgresUpdateLog final : public NewsSource {
 public:
  // `pool` must outlive the log.
  explicit PostgresUpdateLog(postgres::Pool& pool);

  absl::StatusOr<int64_t> LastPosition() override;
  // News of the user whose account data, private receipt, message or keys it
  // is; of the room that a receipt is in, and of those whose members see the
  // keys.
  absl::StatusOr<std::vector<News>> NewsAfter(int64_t position,
                                              int limit) override;

 private:
  postgres::Pool& pool_;
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_UPDATES_POSTGRES_UPDATE_LOG_H_
