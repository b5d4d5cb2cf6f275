#include "services/homeserver/authorization.h"

#include <optional>
#include <string>
#include <variant>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/registry_watch/not_heard_of.h"
#include "services/shared/status/status_macros.h"

namespace causeway::homeserver {
namespace {

using registry_watch::Registration;
using registry_watch::RegistrySnapshot;
using Kind = RegistrySnapshot::Kind;

// The registration behind `uid`, which the gateway saw at `revision`.
absl::StatusOr<const Registration*> FindRegistration(
    const RegistrySnapshot& snapshot, absl::string_view uid, int64_t revision) {
  if (const Registration* found = snapshot.FindByUid(uid)) return found;
  if (snapshot.revision() < revision) {
    return absl::UnavailableError(
        "the registry's changes have not arrived here yet");
  }
  return matrix::UnknownToken();  // It has unregistered since.
}

ActingUser PersonActing(const Person& person) {
  std::string scope = absl::StrCat(
      "token:", absl::BytesToHexString(person.access_token_sha256));
  // Two programs use the same token then, and count by themselves.
  if (!person.linked_appservice_uid.empty()) {
    absl::StrAppend(&scope, ":", person.linked_appservice_uid);
  }
  return {.user_id = person.user_id,
          .device_id = person.device_id,
          .may_massage_timestamps = !person.linked_appservice_uid.empty(),
          .appservice_uid = person.linked_appservice_uid,
          .is_own_user = false,
          .token_appservice_uid = person.token_appservice_uid,
          .txn_scope = std::move(scope)};
}

absl::Status CheckInNamespace(const RegistrySnapshot& snapshot,
                              const Registration& registration,
                              const matrix::UserId& user_id) {
  if (snapshot.InNamespace(registration, Kind::kUsers, user_id.str())) {
    return absl::OkStatus();
  }
  return matrix::Forbidden(
      absl::StrCat("application service ", registration.id, " cannot act as ",
                   user_id.str(), ", which is not in its users namespaces"));
}

// What bounds a person besides its own token.
absl::Status CheckAppservicesOf(const RegistrySnapshot& snapshot,
                                const Person& person, int64_t revision) {
  if (!person.linked_appservice_uid.empty()) {
    CAUSEWAY_RETURN_IF_ERROR(
        FindRegistration(snapshot, person.linked_appservice_uid, revision)
            .status());
  }
  if (person.token_appservice_uid.empty()) return absl::OkStatus();
  CAUSEWAY_ASSIGN_OR_RETURN(
      const Registration* registration,
      FindRegistration(snapshot, person.token_appservice_uid, revision));
  return CheckInNamespace(snapshot, *registration, person.user_id);
}

absl::StatusOr<ActingUser> AppserviceActing(
    const RegistrySnapshot& snapshot, const matrix::ServerName& server_name,
    const AppserviceCaller& caller, const Registration& registration) {
  CAUSEWAY_ASSIGN_OR_RETURN(
      matrix::UserId user_id,
      matrix::UserId::Make(registration.sender_localpart, server_name));
  if (caller.asserted_user_id.has_value() &&
      *caller.asserted_user_id != user_id) {
    const matrix::UserId& asserted = *caller.asserted_user_id;
    if (asserted.server_name() != server_name.str()) {
      return matrix::Forbidden(absl::StrCat("user ", asserted.str(),
                                            " is not of this server (",
                                            server_name.str(), ")"));
    }
    CAUSEWAY_RETURN_IF_ERROR(
        CheckInNamespace(snapshot, registration, asserted));
    user_id = asserted;
  }
  std::string scope =
      absl::StrCat("appservice:", caller.uid, ":", user_id.str());
  return ActingUser{.user_id = std::move(user_id),
                    .device_id = caller.device_id,
                    .may_massage_timestamps = true,
                    .appservice_uid = caller.uid,
                    .is_own_user = true,
                    .txn_scope = std::move(scope)};
}

// Before the registry was heard of nobody knows whose an ID is.
absl::Status CheckHeardOfRegistry(const RegistrySnapshot& snapshot) {
  if (snapshot.revision() > 0) return absl::OkStatus();
  return registry_watch::RegistryNotHeardOf();
}

// Whether `principal` (null: a person) may bring `id` into being or end it.
absl::Status MayOwn(const RegistrySnapshot& snapshot,
                    const Principal* principal, Kind kind,
                    absl::string_view id) {
  CAUSEWAY_RETURN_IF_ERROR(CheckHeardOfRegistry(snapshot));
  const auto* caller = principal == nullptr
                           ? nullptr
                           : std::get_if<AppserviceCaller>(&principal->actor);
  const Registration* owner = snapshot.ExclusiveOwner(kind, id);
  if (caller == nullptr) {
    return owner == nullptr ? absl::OkStatus() : matrix::IdReserved(id);
  }
  CAUSEWAY_ASSIGN_OR_RETURN(
      const Registration* registration,
      FindRegistration(snapshot, caller->uid, principal->registry_revision));
  if (owner != nullptr && owner != registration) return matrix::IdReserved(id);
  if (!snapshot.InNamespace(*registration, kind, id)) {
    return matrix::IdOutsideNamespaces(id);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<ActingUser> ResolveActingUser(
    const RegistrySnapshot& snapshot, const matrix::ServerName& server_name,
    const Principal& principal) {
  if (const auto* person = std::get_if<Person>(&principal.actor)) {
    CAUSEWAY_RETURN_IF_ERROR(
        CheckAppservicesOf(snapshot, *person, principal.registry_revision));
    return PersonActing(*person);
  }
  const auto& caller = std::get<AppserviceCaller>(principal.actor);
  CAUSEWAY_ASSIGN_OR_RETURN(
      const Registration* registration,
      FindRegistration(snapshot, caller.uid, principal.registry_revision));
  return AppserviceActing(snapshot, server_name, caller, *registration);
}

absl::Status MayEditUser(const RegistrySnapshot& snapshot,
                         const ActingUser& acting) {
  const std::string& appservice_uid =
      acting.is_own_user ? acting.appservice_uid : acting.token_appservice_uid;
  if (appservice_uid.empty()) return absl::OkStatus();  // A person.
  const std::string& user_id = acting.user_id.str();
  const Registration* owner = snapshot.ExclusiveOwner(Kind::kUsers, user_id);
  if (owner == nullptr || owner->uid == appservice_uid) {
    return absl::OkStatus();
  }
  return matrix::IdReserved(user_id);
}

absl::Status MayCreateUser(const RegistrySnapshot& snapshot,
                           const Principal* creator,
                           const matrix::UserId& user_id) {
  return MayOwn(snapshot, creator, Kind::kUsers, user_id.str());
}

absl::Status MayManageAlias(const RegistrySnapshot& snapshot,
                            const Principal& principal,
                            const matrix::RoomAlias& room_alias) {
  CAUSEWAY_RETURN_IF_ERROR(CheckHeardOfRegistry(snapshot));
  if (room_alias.server_name() != snapshot.server_name()) {
    return matrix::InvalidParam(
        "roomAlias", absl::StrCat(room_alias.str(), " is not of this server (",
                                  snapshot.server_name(), ")"));
  }
  return MayOwn(snapshot, &principal, Kind::kAliases, room_alias.str());
}

}  // namespace causeway::homeserver
