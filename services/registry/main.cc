// The registry: who the application services are and what they may claim.
// Wiring only; see registry_service.h and ARCHITECTURE.md.

#include <string>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "services/registry/change_feed.h"
#include "services/registry/expiry_sweeper.h"
#include "services/registry/grant_keeper.h"
#include "services/registry/migrations.h"
#include "services/registry/postgres_registry_store.h"
#include "services/registry/registrar.h"
#include "services/registry/registration_directory.h"
#include "services/registry/registry_metrics.h"
#include "services/registry/registry_service.h"
#include "services/shared/clock/clock.h"
#include "services/shared/matrix/identifiers.h"
#include "services/shared/postgres/database_flags.h"
#include "services/shared/postgres/migrations.h"
#include "services/shared/postgres/pool.h"
#include "services/shared/postgres/pool_metrics.h"
#include "services/shared/secrets/secret_box.h"
#include "services/shared/server/checked_flags.h"
#include "services/shared/server/process.h"
#include "services/shared/server/process_flags.h"

ABSL_FLAG(std::string, server_name, "",
          "The homeserver's name, the part of user IDs after the colon. "
          "Required. All services of a deployment have to agree on it.");
ABSL_FLAG(std::string, hs_token_key_file, "",
          "File with the key that hs_tokens are sealed with: 64 hex digits "
          "(openssl rand -hex 32). Required. Without it they can't be read "
          "again, so keep a copy. It may have several, one a line: the first "
          "seals, all open.");
ABSL_FLAG(std::string, database, "dbname=causeway user=registry",
          "PostgreSQL, as a libpq connection string or URI. The role needs a "
          "schema of its own, registry, first in its search_path.");
ABSL_FLAG(std::string, database_password_file, "",
          "File whose only line is the password for --database, read once at "
          "the start. Empty: there is none, or libpq finds it by itself.");
ABSL_FLAG(int, database_connections_max, 8,
          "Connections to PostgreSQL, 1 to 1000.");
ABSL_FLAG(int, poll_interval_ms, 200,
          "How often the database is asked for what other replicas have "
          "changed, 10 to 60000.");

ABSL_FLAG(std::string, registration_dir, "",
          "Directory whose registration files (*.yaml, *.yml) are registered, "
          "again when they change; at most 10,000, the first by name. For each "
          "that has no grant one is stored of just what it asks for. Empty: "
          "none.");

namespace causeway::registry {
namespace {

constexpr char kSchema[] = "registry";

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
  const matrix::ServerName server_name = server::Parsed(
      FLAGS_server_name,
      [](absl::string_view name) { return matrix::ServerName::Parse(name); });
  const secrets::SecretBox secret_box =
      server::Parsed(FLAGS_hs_token_key_file, secrets::SecretBox::FromKeyFile);
  const std::string database =
      postgres::ConninfoFromFlags(FLAGS_database, FLAGS_database_password_file);
  const int connections_max =
      server::InRange(FLAGS_database_connections_max, 1, 1000);
  const absl::Duration poll_interval =
      server::MillisecondsInRange(FLAGS_poll_interval_ms, 10, 60000);
  const std::string registration_dir =
      server::Directory(FLAGS_registration_dir);
  const RealClock clock;

  server::Process process(options);
  postgres::PoolMetrics pool_metrics(process.metrics_registry());
  postgres::Pool pool(
      PostgresRegistryStore::PoolOptions(database, connections_max),
      &pool_metrics);
  PostgresRegistryStore store(pool);
  RegistryMetrics metrics(process.metrics_registry());
  GrantKeeper grants(server_name, store, clock);
  Registrar registrar(server_name, store, secret_box, clock);
  ChangeFeed feed({.poll_interval = poll_interval}, store, metrics);
  ExpirySweeper sweeper({}, grants, feed, metrics);
  RegistryService service({.server_name = server_name.str()}, grants, registrar,
                          store, feed, metrics, clock, process.executor());

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
  sweeper.Start();
  RegistrationDirectory directory({.path = registration_dir}, grants, registrar,
                                  feed, metrics);
  if (!registration_dir.empty()) directory.Start();
  return process.WaitForShutdown();
}

}  // namespace
}  // namespace causeway::registry

int main(int argc, char** argv) { return causeway::registry::Run(argc, argv); }
