#ifndef CAUSEWAY_SERVICES_HOMESERVER_STREAM_POSTGRES_STREAM_SOURCE_H_
#define CAUSEWAY_SERVICES_HOMESERVER_STREAM_POSTGRES_STREAM_SOURCE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "services/homeserver/stream/stream_source.h"
#include "services/shared/postgres/connection.h"
#include "services/shared/postgres/pool.h"

namespace causeway::homeserver {

// Reads the tables of migrations/0002_stream.sql.
//
// Thread-safe.
class PostgresStreamSource final : public StreamSource {
 public:
  // What its pool must have among its statements.
  static std::vector<postgres::PreparedStatement> Statements();

  // `pool` must outlive the source.
  explicit PostgresStreamSource(postgres::Pool& pool);

  absl::StatusOr<StreamPage> ReadFrom(int64_t position, size_t records_max,
                                      size_t bytes_max) override;
  absl::StatusOr<std::string> PrefixBefore(int64_t position) override;

 private:
  postgres::Pool& pool_;
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_STREAM_POSTGRES_STREAM_SOURCE_H_
