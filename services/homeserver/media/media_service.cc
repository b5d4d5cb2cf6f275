#include "services/homeserver/media/media_service.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "services/homeserver/media/media_store.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/server/logging.h"
#include "services/shared/server/paging.h"
#include "services/shared/server/unary.h"
#include "services/shared/status/status_macros.h"

namespace causeway::homeserver {
namespace {

constexpr size_t kReasonBytesMax = 1024;

absl::Status CheckReason(absl::string_view reason) {
  if (reason.size() <= kReasonBytesMax) return absl::OkStatus();
  return matrix::InvalidParam(
      "reason", absl::StrCat("has more than ", kReasonBytesMax, " bytes"));
}

}  // namespace

MediaService::MediaService(MediaLibrary& library, UserDiscovery& discovery,
                           registry_watch::LatestSnapshot& registry,
                           matrix::ServerName server_name,
                           server::Executor& executor, ServiceMetrics* metrics)
    : library_(library),
      discovery_(discovery),
      registry_(registry),
      server_name_(std::move(server_name)),
      executor_(executor),
      metrics_(metrics) {}

grpc::ServerUnaryReactor* MediaService::CreateMedia(
    grpc::CallbackServerContext* context, const v1::CreateMediaRequest* request,
    v1::CreateMediaResponse* response) {
  return server::SpawnUnary(executor_, context, response,
                            [this, request](const server::CallContext& call) {
                              return HandleCreateMedia(*request, call);
                            });
}

grpc::ServerUnaryReactor* MediaService::GetMediaInfo(
    grpc::CallbackServerContext* context,
    const v1::GetMediaInfoRequest* request, v1::MediaInfo* response) {
  return server::SpawnUnary(executor_, context, response,
                            [this, request](const server::CallContext& call) {
                              return HandleGetMediaInfo(*request, call);
                            });
}

grpc::ServerUnaryReactor* MediaService::ReadMedia(
    grpc::CallbackServerContext* context, const v1::ReadMediaRequest* request,
    v1::ReadMediaResponse* response) {
  return server::PostUnary(
      executor_, context, response,
      [this, request](
          const server::CallContext&) -> absl::StatusOr<v1::ReadMediaResponse> {
        v1::ReadMediaResponse piece;
        CAUSEWAY_ASSIGN_OR_RETURN(
            *piece.mutable_content(),
            library_.Read(request->media_id(), request->offset()));
        return piece;
      });
}

grpc::ServerUnaryReactor* MediaService::ListMedia(
    grpc::CallbackServerContext* context, const v1::ListMediaRequest* request,
    v1::ListMediaResponse* response) {
  return server::PostUnary(
      executor_, context, response,
      [this, request](const server::CallContext&) { return List(*request); });
}

grpc::ServerUnaryReactor* MediaService::DeleteMedia(
    grpc::CallbackServerContext* context, const v1::DeleteMediaRequest* request,
    v1::DeleteMediaResponse* response) {
  return server::PostUnary(
      executor_, context, response,
      [this, request](const server::CallContext& call) {
        CAUSEWAY_RETURN_IF_ERROR(CheckReason(request->reason()));
        absl::Status deleted = library_.Delete(request->media_id());
        if (deleted.ok()) {
          log::Info("media deleted by an operator",
                    {{"media_id", request->media_id()},
                     {"reason", request->reason()},
                     {"request_id", call.request_id}});
        }
        return deleted;
      });
}

absl::StatusOr<v1::ListMediaResponse> MediaService::List(
    const v1::ListMediaRequest& request) {
  CAUSEWAY_ASSIGN_OR_RETURN(
      const server::Page page,
      server::ParsePage(request.page_size(), request.page_token()));
  // One more than asked for tells whether there is another page.
  CAUSEWAY_ASSIGN_OR_RETURN(
      std::vector<KeptMedia> list,
      library_.List(request.user_id(), page.after, page.size + 1));
  v1::ListMediaResponse response;
  for (KeptMedia& kept : list) {
    if (response.media_size() == page.size) {
      response.set_next_page_token(
          server::MakePageToken(response.media().rbegin()->media_id()));
      break;
    }
    v1::ListMediaResponse::Media& media = *response.add_media();
    media.set_media_id(std::move(kept.info.media_id));
    media.set_user_id(std::move(kept.owner));
    media.set_create_time_ms(absl::ToUnixMillis(kept.create_time));
    media.mutable_info()->set_content_type(std::move(kept.info.content_type));
    media.mutable_info()->set_file_name(std::move(kept.info.file_name));
    media.mutable_info()->set_byte_count(kept.info.byte_count);
  }
  return response;
}

MediaService::Answer<v1::CreateMediaResponse> MediaService::HandleCreateMedia(
    const v1::CreateMediaRequest& request, server::CallContext call) {
  CAUSEWAY_CO_ASSIGN_OR_RETURN(
      const Caller caller,
      co_await AwaitCaller(request.principal(), std::move(call)));
  v1::CreateMediaResponse response;
  CAUSEWAY_CO_ASSIGN_OR_RETURN(
      *response.mutable_content_uri(),
      library_.Create(caller.acting.user_id, request.content_type(),
                      request.file_name(), request.content()));
  if (metrics_ != nullptr) {
    metrics_->MediaUploaded(static_cast<int64_t>(request.content().size()));
  }
  co_return response;
}

MediaService::Answer<v1::MediaInfo> MediaService::HandleGetMediaInfo(
    const v1::GetMediaInfoRequest& request, server::CallContext call) {
  if (request.has_principal()) {
    CAUSEWAY_CO_RETURN_IF_ERROR(
        (co_await AwaitCaller(request.principal(), std::move(call))).status());
  }
  CAUSEWAY_CO_ASSIGN_OR_RETURN(
      MediaInfo info, library_.Find(request.server_name(), request.media_id()));
  v1::MediaInfo response;
  response.set_content_type(std::move(info.content_type));
  response.set_file_name(std::move(info.file_name));
  response.set_byte_count(info.byte_count);
  co_return response;
}

MediaService::Answer<Caller> MediaService::AwaitCaller(
    v1::Principal principal, server::CallContext call) {
  CAUSEWAY_CO_ASSIGN_OR_RETURN(
      Caller caller, co_await homeserver::AwaitCaller(std::move(principal),
                                                      registry_, server_name_));
  CAUSEWAY_CO_RETURN_IF_ERROR(
      co_await discovery_.EnsureActorKnown(caller.acting, std::move(call)));
  co_return caller;
}

}  // namespace causeway::homeserver
