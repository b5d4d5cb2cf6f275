#include "services/homeserver/homeserver_flags.h"

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/flags/flag.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "services/homeserver/media/media_library.h"
#include "services/homeserver/media/media_store.h"
#include "services/shared/matrix/identifiers.h"
#include "services/shared/postgres/database_flags.h"
#include "services/shared/server/checked_flags.h"

ABSL_FLAG(std::string, server_name, "",
          "The homeserver's name, the part of user IDs after the colon. "
          "Required. All services of a deployment have to agree on it.");
ABSL_FLAG(std::string, database, "dbname=causeway user=homeserver",
          "PostgreSQL, as a libpq connection string or URI. The role needs a "
          "schema of its own, homeserver, first in its search_path.");
ABSL_FLAG(std::string, database_password_file, "",
          "File whose only line is the password for --database, read once at "
          "the start. Empty: there is none, or libpq finds it by itself.");
ABSL_FLAG(int, database_connections_max, 8,
          "Connections to PostgreSQL, 1 to 1000. One of them writes what many "
          "want to be written; the others read.");
ABSL_FLAG(std::string, registry, "127.0.0.1:7101",
          "The registry, as host:port.");
ABSL_FLAG(std::string, query_proxy, "127.0.0.1:7102",
          "The query proxy, as host:port.");
ABSL_FLAG(std::string, push_dispatcher, "127.0.0.1:7103",
          "The push dispatcher, as host:port; or several replicas of it, "
          "separated by commas. Events go to one of them, and to the next when "
          "that one fails or hangs.");
ABSL_FLAG(int, query_deadline_ms, 10000,
          "How long a client's request waits for application services that are "
          "asked about a user or an alias, all in all, 100 to 300000. After "
          "that the client is told 408.");

ABSL_FLAG(int, media_bytes_max, 52428800,
          "Largest file that is kept, 1024 to 52428800. The gateway's "
          "--upload_bytes_max bounds what clients send.");
ABSL_FLAG(int, media_mebibytes_per_user_max, 1024,
          "How many MiB of media a user may keep, a KiB for each file besides. "
          "0 to 1073741824.");
ABSL_FLAG(int, media_mebibytes_total_max, 10240,
          "How many MiB of media all users may keep together, a KiB for each "
          "file besides. 0 to 1073741824.");

ABSL_FLAG(int, transaction_ids_kept_hours, 24,
          "How long a client's repeated request is known by its transaction "
          "ID, 1 to 8760. Later it is a new one.");

namespace causeway::homeserver {
namespace {

MediaLibrary::Options MediaOptionsFromFlags() {
  constexpr int kMebibytesMax = 1 << 30;
  constexpr int64_t kMebibyte = 1 << 20;
  return {
      .bytes_max = static_cast<size_t>(
          server::InRange(FLAGS_media_bytes_max, 1024, 52428800)),
      .quota = {
          .bytes_per_user_max =
              kMebibyte * server::InRange(FLAGS_media_mebibytes_per_user_max, 0,
                                          kMebibytesMax),
          .bytes_total_max =
              kMebibyte * server::InRange(FLAGS_media_mebibytes_total_max, 0,
                                          kMebibytesMax)}};
}

}  // namespace

HomeserverOptions OptionsFromFlags() {
  return {
      .server_name = server::Parsed(FLAGS_server_name,
                                    [](absl::string_view name) {
                                      return matrix::ServerName::Parse(name);
                                    }),
      .conninfo = postgres::ConninfoFromFlags(FLAGS_database,
                                              FLAGS_database_password_file),
      .database_connections_max =
          server::InRange(FLAGS_database_connections_max, 1, 1000),
      .query_deadline =
          server::MillisecondsInRange(FLAGS_query_deadline_ms, 100, 300000),
      .media = MediaOptionsFromFlags(),
      .sent_txns = {.kept = absl::Hours(server::InRange(
                        FLAGS_transaction_ids_kept_hours, 1, 8760))},
      .registry = server::PeerAddress(FLAGS_registry),
      .query_proxy = server::PeerAddress(FLAGS_query_proxy),
      .push_dispatchers = server::PeerAddresses(FLAGS_push_dispatcher)};
}

}  // namespace causeway::homeserver
