#include "services/registry/postgres_registry_change.h"

#include <nlohmann/json.hpp>
#include <string>

#include "services/registry/postgres_registry_rows.h"
#include "services/registry/registration_json.h"
#include "services/registry/registry_sql.h"

namespace causeway::registry {
namespace {

std::optional<PendingRequest> FirstPendingRequest(const pqxx::result& rows) {
  if (rows.empty()) return std::nullopt;
  return PendingRequestFromRow(rows[0]);
}

std::optional<Grant> FirstGrant(const pqxx::result& rows) {
  if (rows.empty()) return std::nullopt;
  return GrantFromRow(rows[0]);
}

std::optional<Appservice> FirstAppservice(const pqxx::result& rows) {
  if (rows.empty()) return std::nullopt;
  return AppserviceFromRow(rows[0]);
}

}  // namespace

PostgresRegistryChange::PostgresRegistryChange(pqxx::work& work)
    : work_(work),
      revision_(work.exec1("SELECT revision FROM revision FOR UPDATE")[0]
                    .as<int64_t>()) {}

absl::StatusOr<int64_t> PostgresRegistryChange::AdvanceRevision() {
  const int64_t before = revision_;
  revision_ =
      work_.exec_prepared1(registry_sql::kAdvanceRevision)[0].as<int64_t>();
  // One that isn't there was made by a release that remembers other removals.
  work_.exec_prepared0(registry_sql::kForgetUnlessKnown, before);
  const auto number =
      work_.exec_prepared1(registry_sql::kAddKnownRevision, revision_)[0]
          .as<int64_t>();
  work_.exec_prepared0(registry_sql::kForgetRevisionsUpTo,
                       number - kRevisionsKept);
  return revision_;
}

absl::StatusOr<std::optional<Grant>> PostgresRegistryChange::FindGrant(
    absl::string_view name) {
  return FirstGrant(
      work_.exec_prepared(registry_sql::kFindGrant, std::string(name)));
}

absl::StatusOr<std::optional<Grant>> PostgresRegistryChange::FindGrantByToken(
    absl::string_view as_token_sha256) {
  return FirstGrant(work_.exec_prepared(registry_sql::kFindGrantByToken,
                                        Bytes(as_token_sha256)));
}

absl::Status PostgresRegistryChange::InsertGrant(const Grant& grant) {
  work_.exec_prepared0(registry_sql::kInsertGrant, grant.name,
                       Bytes(grant.as_token_sha256), grant.url_prefix,
                       grant.sender_localpart, TimeToMicros(grant.create_time),
                       grant.allow_broad, grant.private_networks_allowed,
                       FiniteTimeToMicros(grant.expire_time));
  InsertCeilings(grant);
  return absl::OkStatus();
}

absl::Status PostgresRegistryChange::ReplaceGrant(const Grant& grant) {
  work_.exec_params0(
      R"sql(UPDATE grants
            SET url_prefix = $2, sender_localpart = $3, allow_broad = $4,
                private_networks_allowed = $5,
                expire_time = timestamptz 'epoch' +
                              nullif($6::bigint, 0) * interval '1 microsecond'
            WHERE name = $1)sql",
      grant.name, grant.url_prefix, grant.sender_localpart, grant.allow_broad,
      grant.private_networks_allowed, FiniteTimeToMicros(grant.expire_time));
  work_.exec_params0("DELETE FROM ceilings WHERE grant_name = $1", grant.name);
  InsertCeilings(grant);
  return absl::OkStatus();
}

absl::Status PostgresRegistryChange::DeleteGrant(absl::string_view name) {
  work_.exec_params0("DELETE FROM grants WHERE name = $1", std::string(name));
  return absl::OkStatus();
}

absl::StatusOr<std::optional<Appservice>>
PostgresRegistryChange::FindAppservice(absl::string_view id) {
  return FirstAppservice(
      work_.exec_params(SelectAppservices("WHERE a.id = $1"), std::string(id)));
}

absl::StatusOr<std::optional<Appservice>>
PostgresRegistryChange::FindAppserviceByGrant(absl::string_view grant_name) {
  return FirstAppservice(work_.exec_prepared(
      registry_sql::kFindAppserviceByGrant, std::string(grant_name)));
}

absl::StatusOr<Changes> PostgresRegistryChange::ListChanges(int64_t since) {
  return SelectChanges(work_, revision_, since);
}

absl::StatusOr<int64_t> PostgresRegistryChange::NewUid() {
  return work_.exec_prepared1(registry_sql::kNewUid)[0].as<int64_t>();
}

absl::Status PostgresRegistryChange::PutAppservice(
    const Appservice& appservice) {
  const Registration& registration = appservice.registration;
  work_.exec_prepared0(
      registry_sql::kPutAppservice, appservice.uid, registration.id,
      appservice.grant_name, registration.url,
      Bytes(appservice.hs_token_sealed), registration.sender_localpart,
      registration.rate_limited, ProtocolsToJson(registration.protocols),
      registration.receive_ephemeral, DialectToText(registration.dialect),
      appservice.revision, TimeToMicros(appservice.create_time),
      TimeToMicros(appservice.update_time),
      Bytes(appservice.previous_hs_token_sealed),
      FiniteTimeToMicros(appservice.previous_hs_token_until),
      registration.extra_fields_yaml);
  work_.exec_prepared0(registry_sql::kDeleteNamespaces, appservice.uid);
  work_.exec_prepared0(registry_sql::kInsertNamespaces, appservice.uid,
                       NamespacesToJson(registration.namespaces));
  return absl::OkStatus();
}

absl::Status PostgresRegistryChange::RemoveAppservice(int64_t uid) {
  work_.exec_params0("DELETE FROM appservices WHERE uid = $1", uid);
  work_.exec_params0("INSERT INTO removals (uid, revision) VALUES ($1, $2)",
                     uid, revision_);
  work_.exec0(
      "DELETE FROM removals"
      " WHERE revision < (SELECT min(revision) FROM known_revisions)");
  return absl::OkStatus();
}

absl::StatusOr<std::optional<PendingRequest>>
PostgresRegistryChange::FindPendingRequest(int64_t pending_id) {
  return FirstPendingRequest(work_.exec_params(
      SelectPendingRequests("WHERE p.pending_id = $1"), pending_id));
}

absl::StatusOr<std::optional<PendingRequest>>
PostgresRegistryChange::FindPendingRequestByGrant(
    absl::string_view grant_name) {
  return FirstPendingRequest(work_.exec_prepared(
      registry_sql::kFindPendingByGrant, std::string(grant_name)));
}

absl::Status PostgresRegistryChange::PutPendingRequest(
    const PendingRequest& request, int kept_max) {
  work_.exec_params0("DELETE FROM pending_requests WHERE grant_name = $1",
                     request.grant_name);
  work_.exec_params0(
      R"sql(INSERT INTO pending_requests
              (grant_name, wanted, hs_token_sealed, differences, create_time)
            VALUES ($1, $2::jsonb, $3, $4::jsonb,
                    timestamptz 'epoch' +
                    $5::bigint * interval '1 microsecond'))sql",
      request.grant_name, RegistrationToJson(request.wanted).dump(),
      Bytes(request.hs_token_sealed), DifferencesToJson(request.differences),
      TimeToMicros(request.create_time));
  work_.exec_params0(
      R"sql(DELETE FROM pending_requests WHERE pending_id <=
              (SELECT pending_id FROM pending_requests
               ORDER BY pending_id DESC OFFSET $1 LIMIT 1))sql",
      kept_max);
  return absl::OkStatus();
}

absl::Status PostgresRegistryChange::RemovePendingRequest(int64_t pending_id) {
  work_.exec_params0("DELETE FROM pending_requests WHERE pending_id = $1",
                     pending_id);
  return absl::OkStatus();
}

absl::Status PostgresRegistryChange::AddAuditRecord(const AuditRecord& record) {
  work_.exec_prepared0(registry_sql::kAddAuditRecord, record.revision,
                       TimeToMicros(record.create_time), record.actor,
                       record.action, record.request_id, record.before_json,
                       record.after_json, record.reason);
  return absl::OkStatus();
}

void PostgresRegistryChange::InsertCeilings(const Grant& grant) {
  work_.exec_prepared0(registry_sql::kInsertCeilings, grant.name,
                       CeilingsToJson(grant.ceilings));
}

}  // namespace causeway::registry
