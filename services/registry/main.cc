// The registry: who the application services are and what they may claim.
// Wiring only; see registry_service.h and ARCHITECTURE.md.

#include <cstdint>
#include <string>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/registry/change_feed.h"
#include "services/registry/migrations.h"
#include "services/registry/postgres_registry_store.h"
#include "services/registry/registrar.h"
#include "services/registry/registry_metrics.h"
#include "services/registry/registry_service.h"
#include "services/shared/clock/clock.h"
#include "services/shared/matrix/identifiers.h"
#include "services/shared/postgres/conninfo.h"
#include "services/shared/postgres/migrations.h"
#include "services/shared/postgres/pool.h"
#include "services/shared/postgres/pool_metrics.h"
#include "services/shared/secrets/secret_box.h"
#include "services/shared/server/process.h"
#include "services/shared/server/process_flags.h"

ABSL_FLAG(std::string, server_name, "",
          "The homeserver's name, the part of user IDs after the colon. "
          "Required. All services of a deployment have to agree on it.");
ABSL_FLAG(std::string, hs_token_key_file, "",
          "File with the key that hs_tokens are sealed with: 64 hex digits "
          "(openssl rand -hex 32). Required. Without it they can't be read "
          "again, so keep a copy.");
ABSL_FLAG(std::string, database, "dbname=causeway user=registry",
          "PostgreSQL, as a libpq connection string or URI. The role needs a "
          "schema of its own, registry, first in its search_path.");
ABSL_FLAG(int32_t, database_connections_max, 8,
          "Connections to PostgreSQL, 1 to 1000.");
ABSL_FLAG(int32_t, poll_interval_ms, 200,
          "How often the database is asked for what other replicas have "
          "changed, 10 to 60000.");

namespace causeway::registry {
namespace {

constexpr char kSchema[] = "registry";

template <typename T>
T InRange(const char* name, T value, T min, T max) {
  if (value < min || value > max) {
    server::RefuseFlag(name, "is out of range, see --help");
  }
  return value;
}

matrix::ServerName ServerNameFromFlag() {
  absl::StatusOr<matrix::ServerName> server_name =
      matrix::ServerName::Parse(absl::GetFlag(FLAGS_server_name));
  if (!server_name.ok()) {
    server::RefuseFlag("server_name", server_name.status().message());
  }
  return *std::move(server_name);
}

secrets::SecretBox SecretBoxFromFlag() {
  absl::StatusOr<secrets::SecretBox> secret_box =
      secrets::SecretBox::FromKeyFile(absl::GetFlag(FLAGS_hs_token_key_file));
  if (!secret_box.ok()) {
    server::RefuseFlag("hs_token_key_file", secret_box.status().message());
  }
  return *std::move(secret_box);
}

std::string DatabaseFromFlag() {
  std::string database = absl::GetFlag(FLAGS_database);
  if (absl::Status status = postgres::CheckConninfo(database); !status.ok()) {
    server::RefuseFlag("database", status.message());
  }
  return database;
}

int Run(int argc, char** argv) {
  server::Process::Options options = server::ParseFlags(
      argc, argv,
      {.service = "registry",
       .description =
           "Keeps who the application services are and what they may claim: "
           "grants, which operators store, and the registrations made under "
           "them. Tells every other service of each change.",
       .grpc_listen = "127.0.0.1:7101",
       .http_listen = "127.0.0.1:9101"});
  const matrix::ServerName server_name = ServerNameFromFlag();
  const secrets::SecretBox secret_box = SecretBoxFromFlag();
  const std::string database = DatabaseFromFlag();
  const RealClock clock;

  server::Process process(options);
  postgres::PoolMetrics pool_metrics(process.metrics_registry());
  postgres::Pool pool(
      {.conninfo = database,
       .connections_max =
           InRange("database_connections_max",
                   absl::GetFlag(FLAGS_database_connections_max), 1, 1000)},
      &pool_metrics);
  PostgresRegistryStore store(pool);
  RegistryMetrics metrics(process.metrics_registry());
  Registrar registrar(server_name, store, secret_box, clock);
  ChangeFeed feed({.poll_interval = absl::Milliseconds(InRange(
                       "poll_interval_ms",
                       absl::GetFlag(FLAGS_poll_interval_ms), 10, 60000))},
                  store, metrics);
  RegistryService service({.server_name = server_name.str()}, registrar, store,
                          feed, metrics, clock, process.executor());

  process.AddService(service, v1::Registry::service_full_name());
  process.AddReadinessCheck("database", [&pool] { return pool.Check(); });
  process.AddReadinessCheck("registrations", [&feed] {
    return feed.state() != nullptr
               ? absl::OkStatus()
               : absl::UnavailableError("not read from the database yet");
  });
  process.AddDrainHook([&feed] { feed.Stop(); });
  if (absl::Status started = process.Start(); !started.ok()) {
    return process.StopAfter(started);
  }
  if (absl::Status migrated = postgres::WaitUntilMigrated(
          database, kSchema, Migrations(), process.shutdown_requested());
      !migrated.ok()) {
    return process.StopAfter(migrated);
  }
  feed.Start();
  return process.WaitForShutdown();
}

}  // namespace
}  // namespace causeway::registry

int main(int argc, char** argv) { return causeway::registry::Run(argc, argv); }
