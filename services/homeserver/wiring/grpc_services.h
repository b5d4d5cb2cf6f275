#ifndef CAUSEWAY_SERVICES_HOMESERVER_WIRING_GRPC_SERVICES_H_
#define CAUSEWAY_SERVICES_HOMESERVER_WIRING_GRPC_SERVICES_H_

#include "services/homeserver/accounts/accounts_service.h"
#include "services/homeserver/accounts/credentials_service.h"
#include "services/homeserver/accounts/known_callers.h"
#include "services/homeserver/device_keys/keys_service.h"
#include "services/homeserver/homeserver_flags.h"
#include "services/homeserver/media/media_library.h"
#include "services/homeserver/media/media_service.h"
#include "services/homeserver/media/postgres_media_store.h"
#include "services/homeserver/push_rules/push_rules_service.h"
#include "services/homeserver/rooms/rooms_service.h"
#include "services/homeserver/service_metrics.h"
#include "services/homeserver/sync/long_poll.h"
#include "services/homeserver/updates/updates_service.h"
#include "services/homeserver/user_directory/user_directory_service.h"
#include "services/homeserver/user_directory/user_finder.h"
#include "services/homeserver/wiring/account_parts.h"
#include "services/homeserver/wiring/ephemeral_parts.h"
#include "services/homeserver/wiring/room_parts.h"
#include "services/homeserver/wiring/update_parts.h"
#include "services/shared/clock/clock.h"
#include "services/shared/postgres/pool.h"
#include "services/shared/registry_watch/latest_snapshot.h"
#include "services/shared/server/process.h"

namespace causeway::homeserver {

// What the process serves, and what only one service needs.
struct GrpcServices {
  struct Uses {
    postgres::Pool& pool;
    AccountParts& account;
    RoomParts& room;
    UpdateParts& update;
    EphemeralParts& ephemeral;
    LongPoll& long_poll;
    registry_watch::LatestSnapshot& registry;
    const Clock& clock;
  };

  // Adds them to `process`, on whose executor they work. All must outlive them.
  GrpcServices(const HomeserverOptions& options, Uses uses,
               server::Process& process);

  ServiceMetrics metrics;
  AccountsService accounts;
  CredentialsService credentials;
  PostgresMediaStore media_store;
  MediaLibrary media_library;
  MediaService media;
  RoomsService rooms;
  UpdatesService updates;
  KnownCallers callers;
  PushRulesService push_rules;
  UserFinder user_finder;
  UserDirectoryService user_directory;
  KeysService keys;
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_WIRING_GRPC_SERVICES_H_
