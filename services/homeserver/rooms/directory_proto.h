#ifndef CAUSEWAY_SERVICES_HOMESERVER_ROOMS_DIRECTORY_PROTO_H_
#define CAUSEWAY_SERVICES_HOMESERVER_ROOMS_DIRECTORY_PROTO_H_

#include "absl/status/statusor.h"
#include "causeway/homeserver/v1/homeserver.pb.h"
#include "services/homeserver/rooms/room_directory.h"

// As rooms_proto.h, for the lists of public rooms.
namespace causeway::homeserver {

absl::StatusOr<PublicRoomsQuery> PublicRoomsQueryFromProto(
    const v1::ListPublicRoomsRequest& proto);

v1::ListPublicRoomsResponse PublicRoomsPageToProto(PublicRoomsPage page);

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_ROOMS_DIRECTORY_PROTO_H_
