#include "services/homeserver/wiring/grpc_services.h"

#include "causeway/homeserver/v1/credentials.grpc.pb.h"
#include "causeway/homeserver/v1/homeserver.grpc.pb.h"
#include "causeway/homeserver/v1/keys.grpc.pb.h"
#include "causeway/homeserver/v1/media.grpc.pb.h"
#include "causeway/homeserver/v1/push_rules.grpc.pb.h"
#include "causeway/homeserver/v1/user_directory.grpc.pb.h"

namespace causeway::homeserver {

GrpcServices::GrpcServices(const HomeserverOptions& options, Uses uses,
                           server::Process& process)
    : metrics(process.metrics_registry()),
      accounts({.accounts = uses.account.accounts,
                .sessions = uses.account.sessions,
                .credentials = uses.account.credentials,
                .registration = uses.account.registration,
                .discovery = uses.account.discovery,
                .filters = uses.account.filters,
                .profile_listener = uses.room.memberships,
                .metrics = &metrics},
               uses.registry, options.server_name, process.executor()),
      credentials({.credentials = uses.account.credentials,
                   .discovery = uses.account.discovery,
                   .departure_listener = uses.room.memberships},
                  uses.registry, options.server_name, process.executor()),
      media_store(uses.pool),
      media_library(options.media, media_store, uses.clock,
                    options.server_name),
      media(media_library, uses.account.discovery, uses.registry,
            options.server_name, process.executor(), &metrics),
      rooms({.server_name = options.server_name,
             .query_deadline = options.query_deadline},
            {.discovery = uses.account.discovery,
             .actions = uses.room.actions,
             .views = uses.room.views,
             .timeline = uses.room.timeline,
             .directory = uses.room.directory,
             .resolver = uses.room.resolver,
             .long_poll = uses.long_poll,
             .filters = uses.account.filters},
            uses.registry, uses.clock, process.executor()),
      updates({.discovery = uses.account.discovery,
               .views = uses.room.views,
               .user_data = uses.update.user_data,
               .push_rules = uses.update.push_rules,
               .typing = uses.ephemeral.typing,
               .receipts = uses.update.receipts,
               .presence = uses.ephemeral.presence,
               .device_messages = uses.update.device_messages,
               .long_poll = uses.long_poll,
               .metrics = &metrics},
              uses.registry, options.server_name, process.executor()),
      callers(uses.account.discovery, uses.registry, options.server_name,
              process.executor()),
      push_rules(uses.update.push_rules, callers),
      user_finder(uses.pool),
      user_directory(user_finder, callers),
      keys(uses.update.device_keys, uses.update.device_key_store, callers,
           options.server_name) {
  process.AddService(accounts, v1::Accounts::service_full_name());
  process.AddService(credentials, v1::Credentials::service_full_name());
  process.AddService(media, v1::Media::service_full_name());
  process.AddService(rooms, v1::Rooms::service_full_name());
  process.AddService(updates, v1::Updates::service_full_name());
  process.AddService(push_rules, v1::PushRules::service_full_name());
  process.AddService(user_directory, v1::UserDirectory::service_full_name());
  process.AddService(keys, v1::Keys::service_full_name());
}

}  // namespace causeway::homeserver
