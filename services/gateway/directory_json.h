#ifndef CAUSEWAY_SERVICES_GATEWAY_DIRECTORY_JSON_H_
#define CAUSEWAY_SERVICES_GATEWAY_DIRECTORY_JSON_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "causeway/homeserver/v1/homeserver.pb.h"
#include "services/gateway/http/request_target.h"

// As room_json.h, for the lists of public rooms.
namespace causeway::gateway {

// Whether the body of PUT /directory/list/... says "public", as it does when it
// says nothing.
absl::StatusOr<bool> ParseVisibility(absl::string_view body);

// The parameters of GET /publicRooms, and the body of POST /publicRooms, which
// may be missing. Without principal.
absl::StatusOr<homeserver::v1::ListPublicRoomsRequest> PublicRoomsFromQuery(
    const QueryParameters& query);
absl::StatusOr<homeserver::v1::ListPublicRoomsRequest> ParsePublicRooms(
    absl::string_view body);

std::string VisibilityAnswer(bool is_public);
std::string PublicRoomsAnswer(
    const homeserver::v1::ListPublicRoomsResponse& response);

}  // namespace causeway::gateway

#endif  // CAUSEWAY_SERVICES_GATEWAY_DIRECTORY_JSON_H_
