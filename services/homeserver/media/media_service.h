#ifndef CAUSEWAY_SERVICES_HOMESERVER_MEDIA_MEDIA_SERVICE_H_
#define CAUSEWAY_SERVICES_HOMESERVER_MEDIA_MEDIA_SERVICE_H_

#include <boost/asio/awaitable.hpp>

#include "absl/status/statusor.h"
#include "causeway/homeserver/v1/media.grpc.pb.h"
#include "services/homeserver/accounts/user_discovery.h"
#include "services/homeserver/media/media_library.h"
#include "services/homeserver/principal_proto.h"
#include "services/homeserver/service_metrics.h"
#include "services/shared/matrix/identifiers.h"
#include "services/shared/registry_watch/latest_snapshot.h"
#include "services/shared/server/call_context.h"
#include "services/shared/server/executor.h"

namespace causeway::homeserver {

// causeway.homeserver.v1.Media: decodes, finds out who asks, calls the domain,
// encodes.
//
// Thread-safe.
class MediaService final : public v1::Media::CallbackService {
 public:
  // All must outlive the service. `metrics` may be null.
  MediaService(MediaLibrary& library, UserDiscovery& discovery,
               registry_watch::LatestSnapshot& registry,
               matrix::ServerName server_name, server::Executor& executor,
               ServiceMetrics* metrics = nullptr);

  grpc::ServerUnaryReactor* CreateMedia(
      grpc::CallbackServerContext* context,
      const v1::CreateMediaRequest* request,
      v1::CreateMediaResponse* response) override;
  grpc::ServerUnaryReactor* GetMediaInfo(grpc::CallbackServerContext* context,
                                         const v1::GetMediaInfoRequest* request,
                                         v1::MediaInfo* response) override;
  grpc::ServerUnaryReactor* ReadMedia(grpc::CallbackServerContext* context,
                                      const v1::ReadMediaRequest* request,
                                      v1::ReadMediaResponse* response) override;

  grpc::ServerUnaryReactor* ListMedia(grpc::CallbackServerContext* context,
                                      const v1::ListMediaRequest* request,
                                      v1::ListMediaResponse* response) override;
  grpc::ServerUnaryReactor* DeleteMedia(
      grpc::CallbackServerContext* context,
      const v1::DeleteMediaRequest* request,
      v1::DeleteMediaResponse* response) override;

 private:
  absl::StatusOr<v1::ListMediaResponse> List(
      const v1::ListMediaRequest& request);

  template <typename Response>
  using Answer = boost::asio::awaitable<absl::StatusOr<Response>>;

  Answer<v1::CreateMediaResponse> HandleCreateMedia(
      const v1::CreateMediaRequest& request, server::CallContext call);
  Answer<v1::MediaInfo> HandleGetMediaInfo(
      const v1::GetMediaInfoRequest& request, server::CallContext call);
  // Who asks, and exists.
  Answer<Caller> AwaitCaller(v1::Principal principal, server::CallContext call);

  MediaLibrary& library_;
  UserDiscovery& discovery_;
  registry_watch::LatestSnapshot& registry_;
  const matrix::ServerName server_name_;
  server::Executor& executor_;
  ServiceMetrics* const metrics_;
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_MEDIA_MEDIA_SERVICE_H_
