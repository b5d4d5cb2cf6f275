#ifndef CAUSEWAY_SERVICES_SHARED_REGISTRY_WATCH_SNAPSHOT_BUILDER_H_
#define CAUSEWAY_SERVICES_SHARED_REGISTRY_WATCH_SNAPSHOT_BUILDER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "services/shared/registry_watch/registry_snapshot.h"

namespace causeway::registry_watch {

// Builds snapshots from plain data, for tests of whoever reads them:
//
//   using enum namespaces::NamespaceKind;
//   latest.Set(SnapshotBuilder("hs.test")
//                  .Add({.id = "irc",
//                        .namespaces = {{kUsers, "@irc_.*", true}}},
//                       "as_token of irc")
//                  .Build());
//
// Thread-compatible.
class SnapshotBuilder {
 public:
  explicit SnapshotBuilder(absl::string_view server_name = "hs.test");

  // The revision of what Build() makes next. 1 unless told; each Build() counts
  // it up, so that one builder tells a story.
  SnapshotBuilder& Revision(int64_t revision);

  // Adds a registration, or replaces the one of the same id (which keeps its
  // uid). What is empty is filled in: uid with the next number,
  // sender_localpart with the id, revision, and as_token_sha256 from
  // `as_token`, or from the id when that is empty too.
  SnapshotBuilder& Add(Registration registration,
                       absl::string_view as_token = "");
  // Its uid is never given again.
  SnapshotBuilder& Remove(absl::string_view id);

  // Aborts on a namespace that doesn't compile.
  std::shared_ptr<const RegistrySnapshot> Build();

 private:
  const std::string server_name_;
  int64_t revision_ = 1;
  int64_t next_uid_ = 1;
  std::vector<Registration> registrations_;
};

}  // namespace causeway::registry_watch

#endif  // CAUSEWAY_SERVICES_SHARED_REGISTRY_WATCH_SNAPSHOT_BUILDER_H_
