#include "services/registry/registry_protos.h"

#include <google/protobuf/util/time_util.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/namespaces/namespace_kind.h"
#include "services/shared/status/status_macros.h"

namespace causeway::registry {
namespace {

using google::protobuf::util::TimeUtil;
using namespaces::NamespaceKind;

google::protobuf::Timestamp ToProto(absl::Time time) {
  return TimeUtil::MicrosecondsToTimestamp(absl::ToUnixMicros(time));
}

v1::Namespace::Kind ToProto(NamespaceKind kind) {
  switch (kind) {
    case NamespaceKind::kUsers:
      return v1::Namespace::USERS;
    case NamespaceKind::kAliases:
      return v1::Namespace::ALIASES;
    case NamespaceKind::kRooms:
      return v1::Namespace::ROOMS;
  }
  return v1::Namespace::KIND_UNSPECIFIED;
}

v1::Namespace ToProto(const Namespace& ns) {
  v1::Namespace message;
  message.set_kind(ToProto(ns.kind));
  message.set_regex(ns.regex);
  message.set_exclusive(ns.exclusive);
  return message;
}

absl::StatusOr<NamespaceKind> KindFromProto(int index,
                                            v1::Namespace::Kind kind) {
  switch (kind) {
    case v1::Namespace::USERS:
      return NamespaceKind::kUsers;
    case v1::Namespace::ALIASES:
      return NamespaceKind::kAliases;
    case v1::Namespace::ROOMS:
      return NamespaceKind::kRooms;
    default:
      return matrix::InvalidParam(absl::StrCat("namespaces[", index, "].kind"),
                                  "is neither USERS, ALIASES nor ROOMS");
  }
}

absl::StatusOr<std::vector<Namespace>> FromProto(
    const google::protobuf::RepeatedPtrField<v1::Namespace>& list) {
  std::vector<Namespace> namespaces;
  for (int i = 0; i < list.size(); ++i) {
    CAUSEWAY_ASSIGN_OR_RETURN(NamespaceKind kind,
                              KindFromProto(i, list[i].kind()));
    namespaces.push_back({kind, list[i].regex(), list[i].exclusive()});
  }
  return namespaces;
}

using Regexes = google::protobuf::RepeatedPtrField<std::string>;

std::vector<std::string> FromProto(const Regexes& list) {
  return {list.begin(), list.end()};
}

Ceilings FromProto(const v1::Ceilings& message) {
  return {.users = FromProto(message.users()),
          .aliases = FromProto(message.aliases()),
          .rooms = FromProto(message.rooms()),
          .shared_users = FromProto(message.shared_users()),
          .shared_aliases = FromProto(message.shared_aliases()),
          .shared_rooms = FromProto(message.shared_rooms())};
}

v1::Ceilings ToProto(const Ceilings& ceilings) {
  v1::Ceilings message;
  const auto copy = [](const std::vector<std::string>& from, Regexes* to) {
    to->Assign(from.begin(), from.end());
  };
  copy(ceilings.users, message.mutable_users());
  copy(ceilings.aliases, message.mutable_aliases());
  copy(ceilings.rooms, message.mutable_rooms());
  copy(ceilings.shared_users, message.mutable_shared_users());
  copy(ceilings.shared_aliases, message.mutable_shared_aliases());
  copy(ceilings.shared_rooms, message.mutable_shared_rooms());
  return message;
}

absl::StatusOr<absl::Time> ExpireTimeFromProto(
    const google::protobuf::Timestamp& time) {
  // As far as a Timestamp is defined, and after 1970, which is no mistake.
  constexpr int64_t kSecondsMax = 253'402'300'799;
  if (time.seconds() < 1 || time.seconds() > kSecondsMax || time.nanos() < 0 ||
      time.nanos() >= 1'000'000'000) {
    return matrix::InvalidParam("expire_time",
                                "is not a time between 1970 and 9999");
  }
  return absl::FromUnixMicros(TimeUtil::TimestampToMicroseconds(time));
}

absl::StatusOr<Dialect> DialectFromProto(v1::Dialect dialect) {
  switch (dialect) {
    case v1::DIALECT_UNSPECIFIED:
    case v1::V1:
      return Dialect::kV1;
    case v1::DRAFT:
      return Dialect::kDraft;
    default:
      return matrix::InvalidParam("dialect", "is neither V1 nor DRAFT");
  }
}

// What it says of itself.
v1::Appservice ToProto(const Registration& registration) {
  v1::Appservice message;
  message.set_id(registration.id);
  message.set_url(registration.url);
  message.set_sender_localpart(registration.sender_localpart);
  for (const Namespace& ns : registration.namespaces) {
    *message.add_namespaces() = ToProto(ns);
  }
  message.set_rate_limited(registration.rate_limited);
  message.mutable_protocols()->Assign(registration.protocols.begin(),
                                      registration.protocols.end());
  message.set_receive_ephemeral(registration.receive_ephemeral);
  message.set_dialect(registration.dialect == Dialect::kDraft ? v1::DRAFT
                                                              : v1::V1);
  return message;
}

}  // namespace

v1::Appservice ToProto(const Appservice& appservice, bool with_secrets) {
  v1::Appservice message = ToProto(appservice.registration);
  message.set_uid(absl::StrCat(appservice.uid));
  message.set_as_token_sha256(appservice.as_token_sha256);
  if (with_secrets) {
    message.set_hs_token_sealed(appservice.hs_token_sealed);
    if (!appservice.previous_hs_token_sealed.empty()) {
      message.set_previous_hs_token_sealed(appservice.previous_hs_token_sealed);
      *message.mutable_previous_hs_token_until() =
          ToProto(appservice.previous_hs_token_until);
    }
  }
  message.set_revision(appservice.revision);
  message.set_grant_name(appservice.grant_name);
  *message.mutable_create_time() = ToProto(appservice.create_time);
  *message.mutable_update_time() = ToProto(appservice.update_time);
  message.set_private_networks_allowed(appservice.private_networks_allowed);
  if (appservice.expire_time != absl::InfiniteFuture()) {
    *message.mutable_expire_time() = ToProto(appservice.expire_time);
  }
  return message;
}

v1::PendingRequest ToProto(const PendingRequest& request) {
  v1::PendingRequest message;
  message.set_id(absl::StrCat(request.pending_id));
  message.set_grant_name(request.grant_name);
  *message.mutable_wanted() = ToProto(request.wanted);
  for (const PendingRequest::Difference& one : request.differences) {
    v1::PendingRequest::Difference& difference = *message.add_differences();
    difference.set_field(one.field);
    difference.set_witness(one.witness);
    difference.set_message(one.message);
  }
  *message.mutable_create_time() = ToProto(request.create_time);
  return message;
}

v1::Grant ToProto(const GrantInUse& grant_in_use) {
  const Grant& grant = grant_in_use.grant;
  v1::Grant message;
  message.set_name(grant.name);
  message.set_as_token_sha256(grant.as_token_sha256);
  *message.mutable_ceilings() = ToProto(grant.ceilings);
  message.set_url_prefix(grant.url_prefix);
  message.set_sender_localpart(grant.sender_localpart);
  message.set_allow_broad(grant.allow_broad);
  message.set_private_networks_allowed(grant.private_networks_allowed);
  if (grant.expire_time != absl::InfiniteFuture()) {
    *message.mutable_expire_time() = ToProto(grant.expire_time);
  }
  *message.mutable_create_time() = ToProto(grant.create_time);
  message.set_appservice_id(grant_in_use.appservice_id);
  return message;
}

v1::ListAuditRecordsResponse::Record ToProto(const AuditRecord& record) {
  v1::ListAuditRecordsResponse::Record message;
  message.set_revision(record.revision);
  *message.mutable_create_time() = ToProto(record.create_time);
  message.set_actor(record.actor);
  message.set_action(record.action);
  message.set_before_json(record.before_json);
  message.set_after_json(record.after_json);
  message.set_request_id(record.request_id);
  message.set_reason(record.reason);
  return message;
}

absl::StatusOr<Grant> FromProto(const v1::CreateGrantRequest& request) {
  Grant grant;
  grant.name = request.name();
  grant.as_token_sha256 = request.as_token_sha256();
  grant.ceilings = FromProto(request.ceilings());
  grant.url_prefix = request.url_prefix();
  grant.sender_localpart = request.sender_localpart();
  grant.allow_broad = request.allow_broad();
  if (request.has_private_networks_allowed()) {
    grant.private_networks_allowed = request.private_networks_allowed();
  }
  if (request.has_expire_time()) {
    CAUSEWAY_ASSIGN_OR_RETURN(grant.expire_time,
                              ExpireTimeFromProto(request.expire_time()));
  }
  return grant;
}

absl::StatusOr<GrantKeeper::Update> FromProto(
    const v1::UpdateGrantRequest& request) {
  GrantKeeper::Update update;
  update.name = request.name();
  if (request.has_ceilings()) update.ceilings = FromProto(request.ceilings());
  if (request.has_url_prefix()) update.url_prefix = request.url_prefix();
  if (request.has_sender_localpart()) {
    update.sender_localpart = request.sender_localpart();
  }
  if (request.has_allow_broad()) update.allow_broad = request.allow_broad();
  if (request.has_private_networks_allowed()) {
    update.private_networks_allowed = request.private_networks_allowed();
  }
  if (request.has_expire_time()) {
    CAUSEWAY_ASSIGN_OR_RETURN(update.expire_time,
                              ExpireTimeFromProto(request.expire_time()));
  } else if (request.never_expires()) {
    update.expire_time = absl::InfiniteFuture();
  }
  update.unregister = request.unregister();
  return update;
}

absl::StatusOr<Registrar::Application> FromProto(
    const v1::RegisterRequest& request) {
  Registrar::Application application;
  application.as_token = request.as_token();
  application.hs_token = request.hs_token();
  Registration& registration = application.registration;
  registration.id = request.id();
  registration.url = request.url();
  registration.sender_localpart = request.sender_localpart();
  CAUSEWAY_ASSIGN_OR_RETURN(registration.namespaces,
                            FromProto(request.namespaces()));
  registration.rate_limited = request.rate_limited();
  registration.protocols.assign(request.protocols().begin(),
                                request.protocols().end());
  registration.receive_ephemeral = request.receive_ephemeral();
  CAUSEWAY_ASSIGN_OR_RETURN(registration.dialect,
                            DialectFromProto(request.dialect()));
  registration.extra_fields_yaml = request.extra_fields_yaml();
  return application;
}

absl::StatusOr<Registrar::Question> FromProto(
    const v1::CheckNamespacesRequest& request) {
  Registrar::Question question;
  question.appservice_id = request.appservice_id();
  question.grant_name = request.grant_name();
  question.as_token_sha256 = request.as_token_sha256();
  question.wanted.id = request.id();
  question.wanted.url = request.url();
  question.wanted.sender_localpart = request.sender_localpart();
  CAUSEWAY_ASSIGN_OR_RETURN(question.wanted.namespaces,
                            FromProto(request.namespaces()));
  return question;
}

v1::CheckNamespacesResponse ToProto(const std::vector<Finding>& findings) {
  v1::CheckNamespacesResponse response;
  for (const Finding& finding : findings) {
    auto& message = *response.add_findings();
    if (finding.ns.has_value()) {
      *message.mutable_namespace_() = ToProto(*finding.ns);
    }
    message.set_field(finding.field);
    message.set_refuses(finding.refuses);
    message.set_code(finding.code);
    message.set_message(finding.text);
    message.set_witness(finding.witness);
    message.set_suggestion(finding.suggestion);
    if (finding.offset.has_value()) {
      message.set_offset(static_cast<int32_t>(*finding.offset));
    }
  }
  return response;
}

}  // namespace causeway::registry
