#include <string>
#include <vector>

#include "causeway/homeserver/v1/homeserver.grpc.pb.h"
#include "services/ctl/command.h"
#include "services/shared/status/status_macros.h"

namespace causeway::ctl {
namespace {

namespace pb = causeway::homeserver::v1;
using Stub = pb::Rooms::StubInterface;

constexpr int kPageSize = 1000;

absl::Status List(const Arguments&, const std::string&, Session& session) {
  std::vector<Record> records;
  pb::ListRoomsRequest request;
  request.set_page_size(kPageSize);
  do {
    CAUSEWAY_ASSIGN_OR_RETURN(pb::ListRoomsResponse page,
                              session.CallRooms(&Stub::ListRooms, request));
    for (const std::string& room_id : page.room_ids()) {
      records.push_back({{"room_id", room_id}});
    }
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  session.Show(records);
  return absl::OkStatus();
}

}  // namespace

std::vector<Command> RoomCommands() {
  return {
      {.noun = "room",
       .verb = "list",
       .argument = "",
       .summary = "the IDs of all rooms of the homeserver",
       .flags = {},
       .rpcs = {"causeway.homeserver.v1.Rooms/ListRooms"},
       .watchable = true,
       .run = List},
  };
}

}  // namespace causeway::ctl
