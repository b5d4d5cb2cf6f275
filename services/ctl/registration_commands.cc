#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "causeway/registry/v1/registry.grpc.pb.h"
#include "services/ctl/command.h"
#include "services/ctl/input_file.h"
#include "services/ctl/outcome.h"
#include "services/ctl/secret_file.h"
#include "services/shared/matrix/token.h"
#include "services/shared/registration_file/registration_file.h"
#include "services/shared/status/status_macros.h"

namespace causeway::ctl {
namespace {

namespace pb = causeway::registry::v1;
using registration_file::NamespaceEntry;
using registration_file::RegistrationFile;
using Stub = pb::Registry::StubInterface;

constexpr size_t kFilesMax = 10'000;  // Of one directory.

void AddNamespaces(const std::vector<NamespaceEntry>& entries,
                   pb::Namespace::Kind kind, pb::RegisterRequest& request) {
  for (const NamespaceEntry& entry : entries) {
    pb::Namespace& to = *request.add_namespaces();
    to.set_kind(kind);
    to.set_regex(entry.regex);
    to.set_exclusive(entry.exclusive);
  }
}

pb::RegisterRequest ToRequest(const RegistrationFile& file) {
  pb::RegisterRequest request;
  request.set_id(file.id);
  request.set_url(file.url);
  request.set_as_token(file.as_token);
  request.set_hs_token(file.hs_token);
  request.set_sender_localpart(file.sender_localpart);
  request.set_rate_limited(file.rate_limited);
  request.set_receive_ephemeral(file.receive_ephemeral);
  request.set_dialect(pb::V1);
  for (const std::string& protocol : file.protocols) {
    request.add_protocols(protocol);
  }
  request.set_extra_fields_yaml(file.extra_fields_yaml);
  AddNamespaces(file.users, pb::Namespace::USERS, request);
  AddNamespaces(file.aliases, pb::Namespace::ALIASES, request);
  AddNamespaces(file.rooms, pb::Namespace::ROOMS, request);
  return request;
}

// A grant for just what the file asks for.
absl::Status CreateMatchingGrant(const RegistrationFile& file, bool allow_broad,
                                 Session& session) {
  pb::CreateGrantRequest request;
  request.set_name(file.id);
  request.set_as_token_sha256(matrix::Sha256(file.as_token));
  request.set_sender_localpart(file.sender_localpart);
  pb::Ceilings& ceilings = *request.mutable_ceilings();
  for (const NamespaceEntry& entry : file.users) {
    (entry.exclusive ? ceilings.add_users() : ceilings.add_shared_users())
        ->assign(entry.regex);
  }
  for (const NamespaceEntry& entry : file.aliases) {
    (entry.exclusive ? ceilings.add_aliases() : ceilings.add_shared_aliases())
        ->assign(entry.regex);
  }
  for (const NamespaceEntry& entry : file.rooms) {
    (entry.exclusive ? ceilings.add_rooms() : ceilings.add_shared_rooms())
        ->assign(entry.regex);
  }
  request.set_allow_broad(allow_broad);
  return session.CallRegistry(&Stub::CreateGrant, request).status();
}

// How a file is to be registered.
struct Manner {
  bool create_grant = false;
  bool allow_broad = false;
};

struct Registered {
  std::string id;
  int64_t revision = 0;
};

// FAILED_PRECONDITION: the file takes its URL away from one that has it, and
// with the URL all that is queued.
absl::Status CheckKeepsQueue(const RegistrationFile& file, Session& session) {
  if (!file.url.empty()) return absl::OkStatus();
  pb::GetAppserviceRequest request;
  request.set_id(file.id);
  const absl::StatusOr<pb::Appservice> now =
      session.CallRegistry(&Stub::GetAppservice, request);
  if (absl::IsNotFound(now.status())) return absl::OkStatus();
  if (!now.ok() || now->url().empty()) return now.status();
  return absl::FailedPreconditionError(absl::StrCat(
      "application service ", file.id, " has the URL ", now->url(),
      ", and the file none: all that is queued for it would be dropped. If "
      "that is meant, `appservice remove ",
      file.id, "` first"));
}

absl::StatusOr<Registered> RegisterFile(const std::string& path,
                                        const Manner& manner,
                                        Session& session) {
  CAUSEWAY_ASSIGN_OR_RETURN(const RegistrationFile file,
                            ReadRegistration(path));
  CAUSEWAY_RETURN_IF_ERROR(CheckKeepsQueue(file, session));
  absl::Status granted;
  if (manner.create_grant) {
    granted = CreateMatchingGrant(file, manner.allow_broad, session);
    // Another one of that name may do as well.
    if (!granted.ok() && !absl::IsAlreadyExists(granted)) return granted;
  }
  absl::StatusOr<pb::RegisterResponse> response =
      session.CallRegistry(&Stub::Register, ToRequest(file));
  if (!response.ok() && !granted.ok()) return granted;
  if (absl::IsPermissionDenied(response.status()) && !manner.create_grant) {
    return absl::PermissionDeniedError(absl::StrCat(
        response.status().message(),
        ". If nobody has granted it anything yet, and what the file asks for "
        "is "
        "right, repeat with --create_grant. What exceeds a grant waits for "
        "your word: `request list`, then `request approve ID`."));
  }
  if (!response.ok()) return response.status();
  return Registered{file.id, response->revision()};
}

Manner MannerOf(const Arguments& arguments) {
  return {.create_grant = arguments.Has("create_grant"),
          .allow_broad = arguments.Has("allow_broad")};
}

absl::Status Register(const Arguments& arguments, const std::string&,
                      Session& session) {
  CAUSEWAY_ASSIGN_OR_RETURN(
      const Registered registered,
      RegisterFile(arguments.Get("file"), MannerOf(arguments), session));
  CAUSEWAY_RETURN_IF_ERROR(session.AwaitInForce(registered.revision));
  session.Say(absl::StrCat("application service ", registered.id,
                           " is registered and in force (revision ",
                           registered.revision, ")"));
  return absl::OkStatus();
}

// A file, or all *.yaml and *.yml of a directory, by name.
absl::StatusOr<std::vector<std::string>> ListFiles(const std::string& path) {
  std::error_code error;
  const bool is_directory = std::filesystem::is_directory(path, error);
  if (error) {
    return BadUsage(absl::StrCat("cannot read ", path, ": ", error.message()));
  }
  if (!is_directory) return std::vector<std::string>{path};
  std::vector<std::string> files;
  for (auto it = std::filesystem::directory_iterator(path, error);
       !error && it != std::filesystem::directory_iterator();
       it.increment(error)) {
    const std::string extension = it->path().extension().string();
    if (extension != ".yaml" && extension != ".yml") continue;
    if (files.size() == kFilesMax) {
      return BadUsage(
          absl::StrCat(path, " has more than ", kFilesMax, " files"));
    }
    files.push_back(it->path().string());
  }
  if (error) {
    return BadUsage(absl::StrCat("cannot list ", path, ": ", error.message()));
  }
  std::sort(files.begin(), files.end());
  return files;
}

absl::Status Import(const Arguments& arguments, const std::string& path,
                    Session& session) {
  CAUSEWAY_ASSIGN_OR_RETURN(const std::vector<std::string> files,
                            ListFiles(path));
  std::vector<Record> records;
  int64_t revision = 0;
  size_t failed_count = 0;
  for (const std::string& file : files) {
    absl::StatusOr<Registered> registered =
        RegisterFile(file, MannerOf(arguments), session);
    // Nor will the next one be taken.
    if (absl::IsUnavailable(registered.status())) return registered.status();
    Record record = {{"file", file},
                     {"appservice_id", nullptr},
                     {"outcome", "registered"},
                     {"error", nullptr}};
    if (registered.ok()) {
      record["appservice_id"] = registered->id;
      revision = std::max(revision, registered->revision);
    } else {
      record["outcome"] = "failed";
      record["error"] = std::string(registered.status().message());
      ++failed_count;
    }
    records.push_back(std::move(record));
  }
  session.Show(records);
  if (revision > 0) CAUSEWAY_RETURN_IF_ERROR(session.AwaitInForce(revision));
  if (failed_count == 0) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      failed_count, " of ", files.size(), " files were not taken"));
}

RegistrationFile ToFile(const pb::Appservice& appservice) {
  RegistrationFile file;
  file.id = appservice.id();
  file.url = appservice.url();
  file.sender_localpart = appservice.sender_localpart();
  for (const pb::Namespace& ns : appservice.namespaces()) {
    std::vector<NamespaceEntry>& entries =
        ns.kind() == pb::Namespace::USERS     ? file.users
        : ns.kind() == pb::Namespace::ALIASES ? file.aliases
                                              : file.rooms;
    entries.push_back({ns.regex(), ns.exclusive()});
  }
  file.rate_limited = appservice.rate_limited();
  file.protocols.assign(appservice.protocols().begin(),
                        appservice.protocols().end());
  file.receive_ephemeral = appservice.receive_ephemeral();
  file.extra_fields_yaml = appservice.extra_fields_yaml();
  return file;
}

// The tokens come from whoever has them: the registry shows neither.
absl::Status Export(const Arguments& arguments, const std::string& id,
                    Session& session) {
  pb::GetAppserviceRequest request;
  request.set_id(id);
  CAUSEWAY_ASSIGN_OR_RETURN(
      const pb::Appservice appservice,
      session.CallRegistry(&Stub::GetAppservice, request));
  RegistrationFile file = ToFile(appservice);
  if (arguments.Has("as_token_file")) {
    const std::string path = arguments.Get("as_token_file");
    CAUSEWAY_ASSIGN_OR_RETURN(file.as_token, ReadToken(path));
    if (matrix::Sha256(file.as_token) != appservice.as_token_sha256()) {
      return absl::InvalidArgumentError(
          absl::StrCat(path, " holds another as_token than that of ", id));
    }
  }
  if (arguments.Has("hs_token_file")) {
    CAUSEWAY_ASSIGN_OR_RETURN(file.hs_token,
                              ReadToken(arguments.Get("hs_token_file")));
  }
  return WriteSecretFile(arguments.Get("file"),
                         registration_file::FormatRegistrationFile(file));
}

std::vector<FlagSpec> MannerFlags() {
  return {{.name = "create_grant",
           .value = "",
           .help = "first grant it just what the file asks for",
           .required = false,
           .repeated = false},
          {.name = "allow_broad",
           .value = "",
           .help = "with --create_grant, though its namespaces fit what nobody "
                   "has named, as '@.*' does",
           .required = false,
           .repeated = false}};
}

}  // namespace

std::vector<Command> RegistrationCommands() {
  std::vector<FlagSpec> flags = MannerFlags();
  flags.push_back({.name = "file",
                   .value = "FILE",
                   .help = "today's registration file (YAML)",
                   .required = true,
                   .repeated = false});
  return {
      {.noun = "appservice",
       .verb = "register",
       .argument = "",
       .summary = "register by a registration file, or replace a registration",
       .flags = flags,
       .rpcs = {"causeway.registry.v1.Registry/Register",
                "causeway.registry.v1.Registry/CreateGrant",
                "causeway.registry.v1.Registry/GetAppservice",
                "causeway.push.v1.PushDispatcher/AwaitRevision"},
       .run = Register},
      {.noun = "appservice",
       .verb = "import",
       .argument = "PATH",
       .summary = "register by a registration file, or by each of a "
                  "directory; a bad one doesn't keep the others",
       .flags = MannerFlags(),
       .rpcs = {"causeway.registry.v1.Registry/Register",
                "causeway.registry.v1.Registry/CreateGrant",
                "causeway.registry.v1.Registry/GetAppservice",
                "causeway.push.v1.PushDispatcher/AwaitRevision"},
       .run = Import},
      {.noun = "appservice",
       .verb = "export",
       .argument = "ID",
       .summary = "write its registration file; without tokens that are not "
                  "given, since the registry shows none",
       .flags = {{.name = "file",
                  .value = "FILE",
                  .help = "where to; there must be none of that name",
                  .required = true,
                  .repeated = false},
                 {.name = "as_token_file",
                  .value = "FILE",
                  .help = "file with its as_token, which is checked",
                  .required = false,
                  .repeated = false},
                 {.name = "hs_token_file",
                  .value = "FILE",
                  .help = "file with its hs_token, which isn't",
                  .required = false,
                  .repeated = false}},
       .rpcs = {"causeway.registry.v1.Registry/GetAppservice"},
       .run = Export},
  };
}

}  // namespace causeway::ctl
