#ifndef CAUSEWAY_SERVICES_HOMESERVER_ACCOUNTS_KNOWN_CALLERS_H_
#define CAUSEWAY_SERVICES_HOMESERVER_ACCOUNTS_KNOWN_CALLERS_H_

#include <grpcpp/support/server_callback.h>

#include <boost/asio/awaitable.hpp>
#include <utility>

#include "absl/status/statusor.h"
#include "causeway/homeserver/v1/homeserver.pb.h"
#include "services/homeserver/accounts/user_discovery.h"
#include "services/homeserver/principal_proto.h"
#include "services/shared/matrix/identifiers.h"
#include "services/shared/registry_watch/latest_snapshot.h"
#include "services/shared/server/call_context.h"
#include "services/shared/server/executor.h"
#include "services/shared/server/unary.h"
#include "services/shared/status/status_macros.h"

namespace causeway::homeserver {

// Serves RPCs that need to know who asks, and that whoever it is exists: an
// unknown user of an application service is asked for first.
//
// Thread-safe.
class KnownCallers {
 public:
  // All references must outlive it.
  KnownCallers(UserDiscovery& discovery,
               registry_watch::LatestSnapshot& registry,
               matrix::ServerName server_name, server::Executor& executor)
      : discovery_(discovery),
        registry_(registry),
        server_name_(std::move(server_name)),
        executor_(executor) {}

  // Answers by `handler`(const Caller&, const Request&), which returns an
  // absl::StatusOr<Response> and may block. The request has a principal().
  template <typename Request, typename Response, typename Handler>
  grpc::ServerUnaryReactor* Serve(grpc::CallbackServerContext* context,
                                  const Request* request, Response* response,
                                  Handler handler) {
    return server::SpawnUnary(
        executor_, context, response,
        [this, request,
         handler = std::move(handler)](const server::CallContext& call)
            -> boost::asio::awaitable<absl::StatusOr<Response>> {
          CAUSEWAY_CO_ASSIGN_OR_RETURN(
              const Caller caller,
              co_await AwaitCaller(request->principal(), registry_,
                                   server_name_));
          CAUSEWAY_CO_RETURN_IF_ERROR(
              co_await discovery_.EnsureActorKnown(caller.acting, call));
          co_return handler(caller, *request);
        });
  }

 private:
  UserDiscovery& discovery_;
  registry_watch::LatestSnapshot& registry_;
  const matrix::ServerName server_name_;
  server::Executor& executor_;
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_ACCOUNTS_KNOWN_CALLERS_H_
