#ifndef CAUSEWAY_SERVICES_HOMESERVER_ROOMS_ROOM_CONTENT_H_
#define CAUSEWAY_SERVICES_HOMESERVER_ROOMS_ROOM_CONTENT_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "services/homeserver/accounts/profile.h"
#include "services/homeserver/rooms/membership.h"
#include "services/shared/matrix/identifiers.h"

// The contents of the events that the homeserver itself writes. Compact JSON.
namespace causeway::homeserver {

// The only one that this server makes and takes.
inline constexpr char kRoomVersion[] = "10";

// A user as rooms show it.
struct Member {
  matrix::UserId user_id;
  Profile profile;
};

struct MemberDetails {
  std::string reason;      // Empty: none.
  bool is_direct = false;  // Of an invitation to a direct chat.
};

// Of an m.room.member. The profile is only told of who joins or is invited.
std::string MemberContent(Membership membership, const Profile& profile,
                          const MemberDetails& details = {});

// `content_json`, of an m.room.member, with another profile. INTERNAL when the
// stored content can't be read.
absl::StatusOr<std::string> WithProfile(absl::string_view content_json,
                                        const Profile& profile);

// Of an m.room.create, laid over `creation_content_json`, which is empty or a
// JSON object. INVALID_ARGUMENT (M_BAD_JSON, M_NOT_JSON) if it isn't.
absl::StatusOr<std::string> CreateContent(
    const matrix::UserId& creator, absl::string_view creation_content_json);

// Of a new room's m.room.power_levels: `as_creator` have the creator's level.
// `override_json`, empty or a JSON object, replaces top-level keys.
// INVALID_ARGUMENT as above.
absl::StatusOr<std::string> PowerLevelsContent(
    const std::vector<matrix::UserId>& as_creator, int invite_level,
    absl::string_view override_json);

// {"<field>": "<value>"}: most state events are no more than that.
std::string OneFieldContent(absl::string_view field, absl::string_view value);

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_ROOMS_ROOM_CONTENT_H_
