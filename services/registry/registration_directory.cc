#include "services/registry/registration_directory.h"

#include <chrono>
#include <filesystem>
#include <iterator>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "services/registry/grant.h"
#include "services/registry/registration.h"
#include "services/shared/files/read_file.h"
#include "services/shared/matrix/token.h"
#include "services/shared/namespaces/namespace_kind.h"
#include "services/shared/server/logging.h"
#include "services/shared/status/status_macros.h"

namespace causeway::registry {
namespace {

namespace fs = std::filesystem;
using namespaces::NamespaceKind;
using registration_file::NamespaceEntry;
using registration_file::RegistrationFile;

struct Kind {
  NamespaceKind kind;
  const std::vector<NamespaceEntry>& entries;
};

std::vector<Kind> KindsOf(const RegistrationFile& file) {
  return {{NamespaceKind::kUsers, file.users},
          {NamespaceKind::kAliases, file.aliases},
          {NamespaceKind::kRooms, file.rooms}};
}

// Of just what the file asks for.
Grant GrantFor(const RegistrationFile& file) {
  Grant grant;
  grant.name = file.id;
  grant.as_token_sha256 = matrix::Sha256(file.as_token);
  grant.sender_localpart = file.sender_localpart;
  for (const auto& [kind, entries] : KindsOf(file)) {
    for (const NamespaceEntry& entry : entries) {
      grant.ceilings.OfKind(kind, /*shared=*/!entry.exclusive)
          .push_back(entry.regex);
    }
  }
  return grant;
}

Registrar::Application ApplicationOf(const RegistrationFile& file) {
  Registrar::Application application;
  application.as_token = file.as_token;
  application.hs_token = file.hs_token;
  Registration& registration = application.registration;
  registration.id = file.id;
  registration.url = file.url;
  registration.sender_localpart = file.sender_localpart;
  registration.rate_limited = file.rate_limited;
  registration.protocols = file.protocols;
  registration.receive_ephemeral = file.receive_ephemeral;
  registration.extra_fields_yaml = file.extra_fields_yaml;
  for (const auto& [kind, entries] : KindsOf(file)) {
    for (const NamespaceEntry& entry : entries) {
      registration.namespaces.push_back({kind, entry.regex, entry.exclusive});
    }
  }
  return application;
}

}  // namespace

RegistrationDirectory::RegistrationDirectory(Options options,
                                             GrantKeeper& grants,
                                             Registrar& registrar,
                                             ChangeFeed& feed,
                                             RegistryMetrics& metrics)
    : options_(std::move(options)),
      grants_(grants),
      registrar_(registrar),
      feed_(feed),
      metrics_(metrics) {}

RegistrationDirectory::~RegistrationDirectory() {
  {
    absl::MutexLock lock(&mu_);
    stopped_ = true;
  }
  if (thread_.joinable()) thread_.join();
}

void RegistrationDirectory::Start() {
  thread_ = std::thread([this] { Run(); });
}

void RegistrationDirectory::Run() {
  while (true) {
    Look();
    absl::MutexLock lock(&mu_);
    if (mu_.AwaitWithTimeout(absl::Condition(&stopped_), options_.interval)) {
      return;
    }
  }
}

void RegistrationDirectory::Look() {
  std::error_code error;
  const Listing listing = List(error);
  if (error && is_listed_) {
    log::Error("the directory of registration files can't be listed",
               {{"directory", options_.path}, {"error", error.message()}});
  }
  is_listed_ = !error;
  if (error) return;
  if (listing.left_out_count > 0 && listing.left_out_count != left_out_count_) {
    log::Error("there are too many registration files, some are left out",
               {{"directory", options_.path},
                {"files_max", options_.files_max},
                {"left_out", listing.left_out_count},
                {"first_left_out", listing.first_left_out}});
  }
  left_out_count_ = listing.left_out_count;
  std::erase_if(seen_, [&listing](const auto& one) {
    return !listing.files.contains(one.first);
  });
  for (const auto& [path, stamp] : listing.files) LookAt(path, stamp);
  Count();
}

RegistrationDirectory::Listing RegistrationDirectory::List(
    std::error_code& error) const {
  Listing listing;
  for (auto it = fs::directory_iterator(options_.path, error);
       !error && it != fs::directory_iterator(); it.increment(error)) {
    const std::string extension = it->path().extension().string();
    if (extension != ".yaml" && extension != ".yml") continue;
    std::error_code gone;
    const auto modified = fs::last_write_time(it->path(), gone);
    const uint64_t bytes = fs::file_size(it->path(), gone);
    if (gone) continue;  // It went meanwhile, or is no file.
    listing.files[it->path().string()] = {
        std::chrono::duration_cast<std::chrono::nanoseconds>(
            modified.time_since_epoch())
            .count(),
        bytes};
    if (listing.files.size() <= options_.files_max) continue;
    const auto last = std::prev(listing.files.end());
    ++listing.left_out_count;
    listing.first_left_out = last->first;
    listing.files.erase(last);
  }
  return listing;
}

void RegistrationDirectory::LookAt(const std::string& path,
                                   const Stamp& stamp) {
  const auto seen = seen_.find(path);
  if (seen != seen_.end() && seen->second.stamp == stamp) return;
  const absl::Status taken = Take(path);
  // The database is away, which the feed says: another time.
  if (absl::IsUnavailable(taken)) return;
  seen_[path] = {stamp, taken.ok()};
  if (!taken.ok()) {
    log::Error("a registration file is put aside until it changes",
               {{"file", path}, {"error", taken.message()}});
  }
}

absl::Status RegistrationDirectory::Take(const std::string& path) {
  CAUSEWAY_ASSIGN_OR_RETURN(
      const std::string text,
      files::ReadFile(path, registration_file::kRegistrationFileBytesMax));
  CAUSEWAY_ASSIGN_OR_RETURN(const RegistrationFile file,
                            registration_file::ParseRegistrationFile(text));
  return Register(file, path);
}

absl::Status RegistrationDirectory::Register(const RegistrationFile& file,
                                             const std::string& path) {
  // Where others have the ID of the call.
  const std::string request_id =
      absl::StrCat("file ", fs::path(path).filename().string());
  absl::Status granted = grants_.Create(GrantFor(file), request_id).status();
  // One that is there already, and is another, may do as well.
  if (!granted.ok() && !absl::IsAlreadyExists(granted)) return granted;
  const absl::StatusOr<Registrar::Registered> registered =
      registrar_.Register(ApplicationOf(file), request_id);
  metrics_.RegisterFinished(registered);
  if (!registered.ok()) {
    // Without it the token isn't known at all.
    return absl::IsPermissionDenied(registered.status()) && !granted.ok()
               ? absl::PermissionDeniedError(
                     absl::StrCat(registered.status().message(), " (",
                                  granted.message(), ")"))
               : registered.status();
  }
  if (registered->outcome == Registrar::Outcome::kUnchanged) {
    return absl::OkStatus();
  }
  feed_.Wake();
  log::Info("application service registered by file",
            {{"appservice_id", file.id},
             {"file", path},
             {"revision", registered->appservice.revision}});
  return absl::OkStatus();
}

void RegistrationDirectory::Count() {
  int taken = 0;
  for (const auto& [path, seen] : seen_) taken += seen.is_taken ? 1 : 0;
  metrics_.FilesCounted(taken, static_cast<int>(std::ssize(seen_)) - taken,
                        left_out_count_);
}

}  // namespace causeway::registry
