#include "services/homeserver/rooms/alias_directory.h"

#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "services/homeserver/rooms/canonical_alias.h"
#include "services/homeserver/rooms/event.h"
#include "services/homeserver/rooms/event_appending.h"
#include "services/homeserver/rooms/event_auth.h"
#include "services/homeserver/rooms/event_types.h"
#include "services/homeserver/rooms/membership.h"
#include "services/homeserver/rooms/naming_power.h"
#include "services/homeserver/rooms/room_state.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/matrix/utf8.h"
#include "services/shared/status/status_macros.h"

namespace causeway::homeserver {
namespace {

// Takes an alias that has gone out of the room's names. Who may not do that
// leaves a name that leads nowhere, which clients have to expect anyway.
absl::Status Unname(RoomTransaction& transaction, const AliasEntry& gone,
                    const matrix::UserId& actor, absl::Time now) {
  EventDraft draft = {.type = kCanonicalAliasType,
                      .state_key = "",
                      .sender = actor,
                      .content_json = "",
                      .origin_server_ts = absl::ToUnixMillis(now)};
  CAUSEWAY_ASSIGN_OR_RETURN(
      RoomState state,
      transaction.LoadState(gone.room_id, AuthStateKeys(draft)));
  const Event* standing = state.Find(kCanonicalAliasType, "");
  if (standing == nullptr) return absl::OkStatus();
  std::optional<std::string> content =
      WithoutAlias(standing->content_json, gone.alias.str());
  if (!content.has_value()) return absl::OkStatus();
  draft.content_json = *std::move(content);
  if (!CheckEventAllowed(draft, state).ok()) return absl::OkStatus();
  return AppendIfAllowed(transaction, gone.room_id, draft, state).status();
}

}  // namespace

AliasDirectory::AliasDirectory(RoomStore& store, RoomHistory& history,
                               const Clock& clock)
    : store_(store), history_(history), clock_(clock) {}

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
    return Unname(transaction, *entry, actor, clock_.Now());
  });
}

}  // namespace causeway::homeserver
