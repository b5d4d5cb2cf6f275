#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "causeway/homeserver/v1/homeserver.grpc.pb.h"
#include "services/ctl/command.h"
#include "services/shared/status/status_macros.h"

namespace causeway::ctl {
namespace {

namespace pb = causeway::homeserver::v1;
using Stub = pb::Accounts::StubInterface;

std::string TimeText(int64_t ms) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", absl::FromUnixMillis(ms),
                          absl::UTCTimeZone());
}

Record ToRecord(const pb::ListUsersResponse::User& user) {
  Record record = {{"user_id", user.user_id()},
                   {"kind", user.has_password() ? "person" : "virtual"},
                   {"display_name", user.display_name()},
                   {"create_time", TimeText(user.create_time_ms())},
                   {"deactivate_time", nullptr}};
  if (user.deactivate_time_ms() != 0) {
    record["kind"] = "deactivated";
    record["deactivate_time"] = TimeText(user.deactivate_time_ms());
  }
  return record;
}

absl::Status List(const Arguments&, const std::string&, Session& session) {
  std::vector<Record> records;
  pb::ListUsersRequest request;
  request.set_page_size(1000);
  do {
    CAUSEWAY_ASSIGN_OR_RETURN(pb::ListUsersResponse page,
                              session.CallAccounts(&Stub::ListUsers, request));
    for (const pb::ListUsersResponse::User& user : page.users()) {
      records.push_back(ToRecord(user));
    }
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  session.Show(records);
  return absl::OkStatus();
}

}  // namespace

std::vector<Command> UserCommands() {
  return {
      {.noun = "user",
       .verb = "list",
       .argument = "",
       .summary = "all users of the homeserver, those that ended too",
       .flags = {},
       .rpcs = {"causeway.homeserver.v1.Accounts/ListUsers"},
       .watchable = true,
       .run = List},
  };
}

}  // namespace causeway::ctl
