#ifndef CAUSEWAY_SERVICES_HOMESERVER_ROOMS_EVENT_TYPES_H_
#define CAUSEWAY_SERVICES_HOMESERVER_ROOMS_EVENT_TYPES_H_

// The event types that the homeserver itself reads or writes.
// Source: https://spec.matrix.org/v1.17/client-server-api/#room-events
namespace causeway::homeserver {

inline constexpr char kCreateType[] = "m.room.create";
inline constexpr char kMemberType[] = "m.room.member";
inline constexpr char kPowerLevelsType[] = "m.room.power_levels";
inline constexpr char kJoinRulesType[] = "m.room.join_rules";
inline constexpr char kHistoryVisibilityType[] = "m.room.history_visibility";
inline constexpr char kGuestAccessType[] = "m.room.guest_access";
inline constexpr char kCanonicalAliasType[] = "m.room.canonical_alias";
inline constexpr char kNameType[] = "m.room.name";
inline constexpr char kTopicType[] = "m.room.topic";
inline constexpr char kAvatarType[] = "m.room.avatar";
inline constexpr char kEncryptionType[] = "m.room.encryption";
inline constexpr char kTombstoneType[] = "m.room.tombstone";
inline constexpr char kServerAclType[] = "m.room.server_acl";
inline constexpr char kRedactionType[] = "m.room.redaction";
inline constexpr char kThirdPartyInviteType[] = "m.room.third_party_invite";

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_ROOMS_EVENT_TYPES_H_
