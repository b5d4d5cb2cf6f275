#include "services/shared/registry_watch/snapshot_builder.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/shared/matrix/token.h"

namespace causeway::registry_watch {

SnapshotBuilder::SnapshotBuilder(absl::string_view server_name)
    : server_name_(server_name) {}

SnapshotBuilder& SnapshotBuilder::Revision(int64_t revision) {
  revision_ = revision;
  return *this;
}

SnapshotBuilder& SnapshotBuilder::Add(Registration registration,
                                      absl::string_view as_token) {
  auto it = std::find_if(
      registrations_.begin(), registrations_.end(),
      [&](const Registration& other) { return other.id == registration.id; });
  if (registration.uid.empty()) {
    registration.uid =
        it != registrations_.end() ? it->uid : absl::StrCat(next_uid_++);
  }
  if (registration.sender_localpart.empty()) {
    registration.sender_localpart = registration.id;
  }
  if (registration.as_token_sha256.empty()) {
    registration.as_token_sha256 =
        matrix::Sha256(as_token.empty() ? registration.id : as_token);
  }
  if (registration.revision == 0) registration.revision = revision_;
  if (it != registrations_.end()) {
    *it = std::move(registration);
  } else {
    registrations_.push_back(std::move(registration));
  }
  return *this;
}

SnapshotBuilder& SnapshotBuilder::Remove(absl::string_view id) {
  std::erase_if(registrations_,
                [id](const Registration& other) { return other.id == id; });
  return *this;
}

std::shared_ptr<const RegistrySnapshot> SnapshotBuilder::Build() {
  absl::StatusOr<std::shared_ptr<const RegistrySnapshot>> snapshot =
      RegistrySnapshot::Create(revision_++, server_name_, registrations_);
  if (!snapshot.ok()) {
    std::fprintf(stderr, "SnapshotBuilder: %s\n",
                 snapshot.status().ToString().c_str());
    std::abort();
  }
  return *std::move(snapshot);
}

}  // namespace causeway::registry_watch
