#include "services/gateway/media_routes.h"

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "services/gateway/media_headers.h"
#include "services/gateway/raw_json.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/server/await_call.h"
#include "services/shared/status/status_macros.h"

namespace causeway::gateway {
namespace {

namespace pb = causeway::homeserver::v1;
using Async = pb::Media::StubInterface::async_interface;

// The roots, each with who may download there.
struct Root {
  const char* path;
  std::vector<std::string> versions;
  RouteAuth download_auth;
};

std::vector<Root> Roots() {
  return {{"/_matrix/media/{version}", {"v3", "r0", "v1"}, RouteAuth::kNone},
          {"/_matrix/client/{version}/media", {"v1"}, RouteAuth::kRequired}};
}

}  // namespace

MediaRoutes::MediaRoutes(const Options& options,
                         pb::Media::StubInterface& media)
    : options_(options), media_(media) {}

RouteTable MediaRoutes::Routes() {
  RouteTable table;
  for (const Root& root : Roots()) {
    const auto add = [&](const char* method, const char* path, RouteAuth auth,
                         RouteHandler handler) {
      table.push_back({{method, absl::StrCat(root.path, path), root.versions},
                       auth,
                       std::move(handler)});
    };
    add("GET", "/config", RouteAuth::kRequired,
        [this](const RoutedRequest& request) { return GetConfig(request); });
    add("GET", "/download/{server_name}/{media_id}", root.download_auth,
        [this](const RoutedRequest& request) {
          return Download(request, /*is_thumbnail=*/false,
                          /*has_file_name=*/false);
        });
    add("GET", "/download/{server_name}/{media_id}/{file_name}",
        root.download_auth, [this](const RoutedRequest& request) {
          return Download(request, /*is_thumbnail=*/false,
                          /*has_file_name=*/true);
        });
    add("GET", "/thumbnail/{server_name}/{media_id}", root.download_auth,
        [this](const RoutedRequest& request) {
          return Download(request, /*is_thumbnail=*/true,
                          /*has_file_name=*/false);
        });
  }
  table.push_back(
      {{"POST", "/_matrix/media/{version}/upload", Roots()[0].versions},
       RouteAuth::kRequired,
       [this](const RoutedRequest& request) { return Upload(request); }});
  return table;
}

MediaRoutes::Answer MediaRoutes::Upload(const RoutedRequest& request) {
  pb::CreateMediaRequest create;
  *create.mutable_principal() = request.principal;
  create.set_content_type(request.http.content_type);
  create.set_file_name(
      std::string(request.http.parsed.query.FirstOrEmpty("filename")));
  create.set_content(request.http.body);
  CAUSEWAY_CO_ASSIGN_OR_RETURN(
      const pb::CreateMediaResponse created,
      co_await server::AwaitCall(request.call, media_.async(),
                                 &Async::CreateMedia, std::move(create)));
  co_return JsonResponse(
      JsonObjectWriter().AddString("content_uri", created.content_uri()).str());
}

MediaRoutes::Answer MediaRoutes::Download(const RoutedRequest& request,
                                          bool is_thumbnail,
                                          bool has_file_name) {
  const std::string& media_id = request.path.Get("media_id");
  pb::GetMediaInfoRequest get;
  if (request.principal.actor_case() != pb::Principal::ACTOR_NOT_SET) {
    *get.mutable_principal() = request.principal;
  }
  get.set_server_name(request.path.Get("server_name"));
  get.set_media_id(media_id);
  CAUSEWAY_CO_ASSIGN_OR_RETURN(
      const pb::MediaInfo info,
      co_await server::AwaitCall(request.call, media_.async(),
                                 &Async::GetMediaInfo, std::move(get)));
  if (is_thumbnail && !IsPicture(info.content_type())) {
    co_return matrix::MakeError(absl::StatusCode::kInvalidArgument, "M_UNKNOWN",
                                "there are thumbnails of pictures only");
  }
  HttpResponse response;
  if (options_.memory != nullptr) {
    response.body_lease = std::make_shared<ByteBudget::Lease>(*options_.memory);
    if (!response.body_lease->GrowTo(static_cast<size_t>(info.byte_count()))) {
      co_return matrix::LimitExceeded(
          "too many media are on their way; try again", absl::Seconds(1));
    }
  }
  response.content_type = info.content_type();
  response.headers = MediaHeaders(
      info.content_type(),
      has_file_name ? request.path.Get("file_name") : info.file_name());
  response.body.clear();
  response.body.reserve(static_cast<size_t>(info.byte_count()));
  while (static_cast<int64_t>(response.body.size()) < info.byte_count()) {
    pb::ReadMediaRequest read;
    read.set_media_id(media_id);
    read.set_offset(static_cast<int64_t>(response.body.size()));
    CAUSEWAY_CO_ASSIGN_OR_RETURN(
        const pb::ReadMediaResponse piece,
        co_await server::AwaitCall(request.call, media_.async(),
                                   &Async::ReadMedia, std::move(read)));
    if (piece.content().empty()) {
      co_return absl::InternalError("media end before their end");
    }
    response.body += piece.content();
  }
  co_return response;
}

MediaRoutes::Answer MediaRoutes::GetConfig(const RoutedRequest&) {
  co_return JsonResponse(
      absl::StrCat("{\"m.upload.size\":", options_.upload_bytes_max, "}"));
}

}  // namespace causeway::gateway
