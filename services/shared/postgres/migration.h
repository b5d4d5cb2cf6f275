#ifndef CAUSEWAY_SERVICES_SHARED_POSTGRES_MIGRATION_H_
#define CAUSEWAY_SERVICES_SHARED_POSTGRES_MIGRATION_H_

#include "absl/strings/string_view.h"

namespace causeway::postgres {

// One change of a schema, a file of `migrations/`, built into the binary by
// sql_migrations() (third_party/bazel/sql_migrations.bzl).
struct Migration {
  absl::string_view name;  // "0001_registrations.sql"
  absl::string_view sql;
};

}  // namespace causeway::postgres

#endif  // CAUSEWAY_SERVICES_SHARED_POSTGRES_MIGRATION_H_
