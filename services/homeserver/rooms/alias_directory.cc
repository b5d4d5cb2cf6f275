#include "services/homeserver/rooms/alias_directory.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "services/homeserver/rooms/event_types.h"
#include "services/homeserver/rooms/membership.h"
#include "services/homeserver/rooms/naming_power.h"
#include "services/homeserver/rooms/room_state.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/matrix/utf8.h"
#include "services/shared/status/status_macros.h"

namespace causeway::homeserver {

AliasDirectory::AliasDirectory(RoomStore& store, RoomHistory& history)
    : store_(store), history_(history) {}

absl::StatusOr<std::optional<matrix::RoomId>> AliasDirectory::Find(
    const matrix::RoomAlias& alias) {
  CAUSEWAY_ASSIGN_OR_RETURN(std::optional<AliasEntry> entry,
                            history_.FindAlias(alias));
  if (!entry.has_value()) return std::optional<matrix::RoomId>();
  return std::optional<matrix::RoomId>(entry->room_id);
}

absl::Status AliasDirectory::Add(const AliasEntry& entry) {
  return store_.Write([&](RoomTransaction& transaction) -> absl::Status {
    CAUSEWAY_ASSIGN_OR_RETURN(std::optional<AliasEntry> taken,
                              transaction.FindAlias(entry.alias));
    if (taken.has_value()) return matrix::AliasExists(entry.alias.str());
    const std::string& creator = entry.creator.str();
    CAUSEWAY_ASSIGN_OR_RETURN(
        RoomState state,
        transaction.LoadState(entry.room_id, {{kMemberType, creator}}));
    if (state.MembershipOf(creator) != Membership::kJoin) {
      return matrix::Forbidden(absl::StrCat(creator, " is not in the room"));
    }
    transaction.AppendAlias(entry);
    return absl::OkStatus();
  });
}

absl::Status AliasDirectory::Remove(const matrix::RoomAlias& alias,
                                    const matrix::UserId& actor,
                                    bool owns_namespace) {
  return store_.Write([&](RoomTransaction& transaction) -> absl::Status {
    CAUSEWAY_ASSIGN_OR_RETURN(std::optional<AliasEntry> entry,
                              transaction.FindAlias(alias));
    if (!entry.has_value()) {
      return matrix::NotFound(
          absl::StrCat("room alias ", matrix::Quote(alias.str())));
    }
    bool allowed = owns_namespace || entry->creator == actor;
    if (!allowed) {
      CAUSEWAY_ASSIGN_OR_RETURN(
          allowed, MayNameRoom(transaction, entry->room_id, actor));
    }
    if (!allowed) {
      return matrix::Forbidden(
          "an alias is deleted by who made it or has power in the room");
    }
    transaction.AppendAliasRemoval(*entry);
    return absl::OkStatus();
  });
}

}  // namespace causeway::homeserver
