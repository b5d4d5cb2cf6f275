#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "causeway/homeserver/v1/media.grpc.pb.h"
#include "services/ctl/command.h"
#include "services/shared/status/status_macros.h"

namespace causeway::ctl {
namespace {

namespace pb = causeway::homeserver::v1;
using Stub = pb::Media::StubInterface;

absl::StatusOr<std::vector<pb::ListMediaResponse::Media>> FindMedia(
    const std::string& user_id, Session& session) {
  std::vector<pb::ListMediaResponse::Media> all;
  pb::ListMediaRequest request;
  request.set_user_id(user_id);
  request.set_page_size(1000);
  do {
    CAUSEWAY_ASSIGN_OR_RETURN(pb::ListMediaResponse page,
                              session.CallMedia(&Stub::ListMedia, request));
    all.insert(all.end(), page.media().begin(), page.media().end());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return all;
}

absl::Status List(const Arguments& arguments, const std::string&,
                  Session& session) {
  CAUSEWAY_ASSIGN_OR_RETURN(const std::vector<pb::ListMediaResponse::Media> all,
                            FindMedia(arguments.Get("user"), session));
  std::vector<Record> records;
  records.reserve(all.size());
  for (const pb::ListMediaResponse::Media& media : all) {
    records.push_back(
        {{"media_id", media.media_id()},
         {"user_id", media.user_id()},
         {"byte_count", media.info().byte_count()},
         {"content_type", media.info().content_type()},
         {"file_name", media.info().file_name()},
         {"create_time",
          absl::FormatTime("%Y-%m-%dT%H:%M:%SZ",
                           absl::FromUnixMillis(media.create_time_ms()),
                           absl::UTCTimeZone())}});
  }
  session.Show(records);
  return absl::OkStatus();
}

absl::Status DeleteOne(const Arguments& arguments, const std::string& media_id,
                       Session& session) {
  pb::DeleteMediaRequest request;
  request.set_media_id(media_id);
  request.set_reason(arguments.Get("reason"));
  return session.CallMedia(&Stub::DeleteMedia, request).status();
}

absl::Status Delete(const Arguments& arguments, const std::string& media_id,
                    Session& session) {
  CAUSEWAY_RETURN_IF_ERROR(DeleteOne(arguments, media_id, session));
  session.Say(absl::StrCat("media ", media_id, " deleted"));
  return absl::OkStatus();
}

absl::Status DeleteOfUser(const Arguments& arguments,
                          const std::string& user_id, Session& session) {
  CAUSEWAY_ASSIGN_OR_RETURN(const std::vector<pb::ListMediaResponse::Media> all,
                            FindMedia(user_id, session));
  int64_t byte_count = 0;
  for (const pb::ListMediaResponse::Media& media : all) {
    CAUSEWAY_RETURN_IF_ERROR(DeleteOne(arguments, media.media_id(), session));
    byte_count += media.info().byte_count();
  }
  session.Say(absl::StrCat(all.size(), " media of ", user_id, " deleted, ",
                           byte_count, " bytes"));
  return absl::OkStatus();
}

}  // namespace

std::vector<Command> MediaCommands() {
  return {
      {.noun = "media",
       .verb = "list",
       .argument = "",
       .summary = "files that users keep on the homeserver",
       .flags = {{.name = "user",
                  .value = "USER_ID",
                  .help = "only those of one user"}},
       .rpcs = {"causeway.homeserver.v1.Media/ListMedia"},
       .watchable = true,
       .run = List},
      {.noun = "media",
       .verb = "delete",
       .argument = "MEDIA_ID",
       .summary = "delete a file, for good",
       .flags = {},
       .rpcs = {"causeway.homeserver.v1.Media/DeleteMedia"},
       .destroys = "the file, for good",
       .run = Delete},
      {.noun = "media",
       .verb = "delete-of-user",
       .argument = "USER_ID",
       .summary = "delete all files of a user, for good",
       .flags = {},
       .rpcs = {"causeway.homeserver.v1.Media/ListMedia",
                "causeway.homeserver.v1.Media/DeleteMedia"},
       .destroys = "all files of the user, for good",
       .run = DeleteOfUser},
  };
}

}  // namespace causeway::ctl
