#include "services/homeserver/rooms/alias_resolver.h"

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "services/homeserver/authorization.h"
#include "services/homeserver/await_query.h"
#include "services/homeserver/principal.h"
#include "services/homeserver/query_outcome.h"
#include "services/homeserver/rooms/event_types.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/matrix/utf8.h"
#include "services/shared/registry_watch/registry_snapshot.h"
#include "services/shared/server/logging.h"
#include "services/shared/status/status_macros.h"

namespace causeway::homeserver {
namespace {

using registry_watch::RegistrySnapshot;

// An answer can have thousands of events that are left out.
constexpr int kLinesPerSecondMax = 10;

absl::Status NoSuchAlias(const matrix::RoomAlias& alias) {
  return matrix::NotFound(
      absl::StrCat("room alias ", matrix::Quote(alias.str())));
}

RoomMetrics::AliasQueryOutcome OutcomeOf(const absl::Status& status) {
  using enum RoomMetrics::AliasQueryOutcome;
  if (status.ok()) return kFound;
  if (absl::IsNotFound(status)) return kNotFound;
  if (absl::IsDeadlineExceeded(status)) return kNoAnswer;
  return kFailed;
}

// The user of an answer's member event is spoken for as its sender is.
std::optional<matrix::UserId> SubjectOf(const DraftAnswerEvent& event) {
  if (event.type != kMemberType) return std::nullopt;
  absl::StatusOr<matrix::UserId> subject =
      matrix::UserId::Parse(event.state_key.value_or(""));
  if (!subject.ok()) return std::nullopt;
  return *std::move(subject);
}

// `events` without those that speak of anybody but `users`.
std::vector<DraftAnswerEvent> OnlyOf(
    const std::map<matrix::UserId, Profile>& users,
    const std::vector<DraftAnswerEvent>& events, const matrix::RoomAlias& alias,
    const std::string& request_id, server::LineQuota& quota) {
  std::vector<DraftAnswerEvent> kept;
  for (const DraftAnswerEvent& event : events) {
    std::optional<matrix::UserId> subject = SubjectOf(event);
    if (users.contains(event.sender) &&
        (!subject.has_value() || users.contains(*subject))) {
      kept.push_back(event);
      continue;
    }
    if (!quota.Take()) continue;
    log::Warning(
        "an event of a room answer is left out: its user is unknown, "
        "or not the application service's",
        {{"room_alias", alias.str()},
         {"type", event.type},
         {"request_id", request_id}});
  }
  return kept;
}

}  // namespace

AliasResolver::AliasResolver(Parts parts, matrix::ServerName server_name)
    : parts_(parts),
      server_name_(std::move(server_name)),
      line_quota_(kLinesPerSecondMax, parts_.clock) {}

boost::asio::awaitable<absl::StatusOr<matrix::RoomId>> AliasResolver::Resolve(
    matrix::RoomAlias alias, std::string caused_by_appservice_uid,
    server::CallContext call) {
  CAUSEWAY_CO_ASSIGN_OR_RETURN(std::optional<matrix::RoomId> room_id,
                               parts_.aliases.Find(alias));
  if (room_id.has_value()) co_return *std::move(room_id);
  // There is no federation: others' aliases are not to be found.
  if (alias.server_name() != server_name_.str()) co_return NoSuchAlias(alias);
  CAUSEWAY_CO_RETURN_IF_ERROR(registry_watch::CheckReady(parts_.registry));
  if (parts_.registry.Snapshot()
          ->Interested(RegistrySnapshot::Kind::kAliases, alias.str())
          .empty()) {
    co_return NoSuchAlias(alias);
  }
  if (!caused_by_appservice_uid.empty()) {
    co_return co_await Ask(
        std::move(alias), std::move(caused_by_appservice_uid), std::move(call));
  }
  const absl::Time patient_until = call.deadline - kQueryAnswerMargin;
  for (;;) {
    AliasFlights::Flight flight(flights_, alias.str());
    if (flight.begun()) {
      AliasFlights::Result found =
          co_await FindOrAsk(std::move(alias), std::move(call));
      // Others may have more time than this one had.
      const bool is_given_up = absl::IsDeadlineExceeded(found.status()) &&
                               parts_.clock.Now() >= patient_until;
      if (!is_given_up) flight.Land(found);
      co_return found;
    }
    std::optional<AliasFlights::Result> found =
        co_await flight.AwaitOther(patient_until - parts_.clock.Now());
    if (!found.has_value()) co_return matrix::QueryTimedOut(alias.str());
    // One of those who waited begins anew, the others wait for it.
    if (!absl::IsCancelled(found->status())) co_return *std::move(found);
  }
}

boost::asio::awaitable<absl::StatusOr<matrix::RoomId>> AliasResolver::FindOrAsk(
    matrix::RoomAlias alias, server::CallContext call) {
  // The flight before may have made it.
  CAUSEWAY_CO_ASSIGN_OR_RETURN(std::optional<matrix::RoomId> room_id,
                               parts_.aliases.Find(alias));
  if (room_id.has_value()) co_return *std::move(room_id);
  co_return co_await Ask(std::move(alias), "", std::move(call));
}

boost::asio::awaitable<absl::StatusOr<matrix::RoomId>> AliasResolver::Ask(
    matrix::RoomAlias alias, std::string caused_by_appservice_uid,
    server::CallContext call) {
  const absl::Duration start = parts_.clock.MonotonicNow();
  absl::StatusOr<matrix::RoomId> found = co_await AskOnce(
      std::move(alias), std::move(caused_by_appservice_uid), std::move(call));
  parts_.metrics.AliasQueryFinished(OutcomeOf(found.status()),
                                    parts_.clock.MonotonicNow() - start);
  co_return found;
}

boost::asio::awaitable<absl::StatusOr<matrix::RoomId>> AliasResolver::AskOnce(
    matrix::RoomAlias alias, std::string caused_by_appservice_uid,
    server::CallContext call) {
  absl::StatusOr<AliasAnswer> answer =
      co_await parts_.querier.QueryAlias(alias, caused_by_appservice_uid, call);
  if (answer.ok() && answer->outcome == QueryOutcome::kCreate) {
    if (answer->senderless_count > 0 && line_quota_.Take()) {
      log::Warning("events of a room answer have no proper sender",
                   {{"room_alias", alias.str()},
                    {"events", answer->senderless_count},
                    {"request_id", call.request_id}});
    }
    co_return co_await CreateFromAnswer(std::move(alias), *std::move(answer),
                                        std::move(caused_by_appservice_uid),
                                        std::move(call));
  }
  // Nobody has been asked: the client is to come back later.
  if (absl::IsResourceExhausted(answer.status())) co_return answer.status();
  // Whatever it said, or didn't: only a look decides whether it has made the
  // room meanwhile.
  CAUSEWAY_CO_ASSIGN_OR_RETURN(std::optional<matrix::RoomId> room_id,
                               parts_.aliases.Find(alias));
  if (room_id.has_value()) co_return *std::move(room_id);
  if (!answer.ok() || answer->outcome == QueryOutcome::kNoAnswer) {
    co_return matrix::QueryTimedOut(alias.str());
  }
  co_return NoSuchAlias(alias);
}

boost::asio::awaitable<absl::StatusOr<std::map<matrix::UserId, Profile>>>
AliasResolver::KnownUsers(std::vector<matrix::UserId> users,
                          std::string appservice_uid,
                          std::string caused_by_appservice_uid,
                          server::CallContext call) {
  const std::shared_ptr<const RegistrySnapshot> snapshot =
      parts_.registry.Snapshot();
  std::map<matrix::UserId, Profile> known;
  for (const matrix::UserId& user_id : users) {
    // It may speak for whom it may act as.
    const Principal principal = {
        .actor = AppserviceCaller{.uid = appservice_uid,
                                  .asserted_user_id = user_id},
        .registry_revision = 0};
    if (!ResolveActingUser(*snapshot, server_name_, principal).ok()) continue;
    absl::Status found = co_await parts_.discovery.EnsureUserKnown(
        user_id, caused_by_appservice_uid, call);
    if (absl::IsNotFound(found)) continue;
    if (!found.ok()) co_return found;
    CAUSEWAY_CO_ASSIGN_OR_RETURN(known[user_id],
                                 parts_.accounts.GetProfile(user_id));
  }
  co_return known;
}

boost::asio::awaitable<absl::StatusOr<matrix::RoomId>>
AliasResolver::CreateFromAnswer(matrix::RoomAlias alias, AliasAnswer answer,
                                std::string caused_by_appservice_uid,
                                server::CallContext call) {
  const std::shared_ptr<const RegistrySnapshot> snapshot =
      parts_.registry.Snapshot();
  const registry_watch::Registration* registration =
      snapshot->FindByUid(answer.appservice_uid);
  if (registration == nullptr) co_return NoSuchAlias(alias);
  CAUSEWAY_CO_ASSIGN_OR_RETURN(
      matrix::UserId creator,
      matrix::UserId::Make(registration->sender_localpart, server_name_));
  std::vector<matrix::UserId> users = UsersOf(answer.room);
  users.push_back(creator);
  CAUSEWAY_CO_ASSIGN_OR_RETURN(
      auto profiles,
      co_await KnownUsers(std::move(users), answer.appservice_uid,
                          std::move(caused_by_appservice_uid), call));
  answer.room.state =
      OnlyOf(profiles, answer.room.state, alias, call.request_id, line_quota_);
  answer.room.events =
      OnlyOf(profiles, answer.room.events, alias, call.request_id, line_quota_);
  CAUSEWAY_CO_ASSIGN_OR_RETURN(
      DraftRoom room,
      DraftRoomFromAnswer(alias, creator, answer.room, profiles,
                          absl::ToUnixMillis(parts_.clock.Now())));
  for (const std::string& why : room.left_out) {
    if (!line_quota_.Take()) break;
    log::Warning("an event of a room answer is left out",
                 {{"room_alias", alias.str()},
                  {"why", why},
                  {"request_id", call.request_id}});
  }
  co_return parts_.founding.EnsureDraftRoom(alias, creator, room);
}

}  // namespace causeway::homeserver
