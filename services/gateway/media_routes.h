#ifndef CAUSEWAY_SERVICES_GATEWAY_MEDIA_ROUTES_H_
#define CAUSEWAY_SERVICES_GATEWAY_MEDIA_ROUTES_H_

#include <boost/asio/awaitable.hpp>
#include <cstddef>

#include "absl/status/statusor.h"
#include "causeway/homeserver/v1/media.grpc.pb.h"
#include "services/gateway/http/byte_budget.h"
#include "services/gateway/route.h"

namespace causeway::gateway {

// Uploads and downloads.
// Source: https://spec.matrix.org/v1.17/client-server-api/#content-repository
//
// Downloads are served with a token under /_matrix/client/v1/media, and without
// one under /_matrix/media, which bridges link to for those who have no client.
// NOTSPEC: the latter should be frozen, and shows here also what is new.
//
// Thread-safe.
class MediaRoutes {
 public:
  struct Options {
    size_t upload_bytes_max = 10 << 20;  // What clients are told.
    // What downloads take of memory together. Null: any number of bytes.
    ByteBudget* memory = nullptr;
  };

  // `media` and the budget must outlive the routes.
  MediaRoutes(const Options& options,
              homeserver::v1::Media::StubInterface& media);

  // The lines of the route table. They use this object.
  RouteTable Routes();

 private:
  using Answer = boost::asio::awaitable<absl::StatusOr<HttpResponse>>;

  Answer Upload(const RoutedRequest& request);
  Answer Download(const RoutedRequest& request, bool is_thumbnail,
                  bool has_file_name);
  Answer GetConfig(const RoutedRequest& request);

  const Options options_;
  homeserver::v1::Media::StubInterface& media_;
};

}  // namespace causeway::gateway

#endif  // CAUSEWAY_SERVICES_GATEWAY_MEDIA_ROUTES_H_
