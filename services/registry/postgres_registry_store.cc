#include "services/registry/postgres_registry_store.h"

#include <optional>
#include <pqxx/pqxx>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/registry/postgres_registry_rows.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/matrix/utf8.h"
#include "services/shared/status/status_macros.h"

namespace causeway::registry {
namespace {

std::string SelectAppservices(absl::string_view rest) {
  return absl::StrCat("SELECT ", kAppserviceColumns,
                      "FROM appservices a JOIN grants g ON g.name = "
                      "a.grant_name ",
                      rest);
}

std::string SelectGrants(absl::string_view rest) {
  return absl::StrCat("SELECT ", kGrantColumns,
                      ", coalesce(a.id, '') AS appservice_id ",
                      "FROM grants g LEFT JOIN appservices a ON a.grant_name = "
                      "g.name ",
                      rest);
}

GrantInUse GrantInUseFromRow(const pqxx::row& row) {
  return {GrantFromRow(row), row["appservice_id"].c_str()};
}

// All that `work` sees between the two.
Changes SelectChanges(pqxx::work& work, int64_t revision, int64_t since) {
  Changes changes;
  changes.revision = revision;
  if (revision == since) return changes;
  changes.updated = AppservicesFromRows(work.exec_params(
      SelectAppservices("WHERE a.revision > $1 ORDER BY a.uid"), since));
  for (const pqxx::row& row :
       work.exec_params("SELECT uid, revision FROM removals "
                        "WHERE revision > $1 ORDER BY revision, uid",
                        since)) {
    changes.removals.push_back(
        {row["uid"].as<int64_t>(), row["revision"].as<int64_t>()});
  }
  return changes;
}

absl::Status NoSuchGrant(absl::string_view name) {
  return matrix::NotFound(absl::StrCat("grant ", matrix::Quote(name)));
}

absl::Status NoSuchAppservice(absl::string_view id) {
  return matrix::NotFound(
      absl::StrCat("application service ", matrix::Quote(id)));
}

}  // namespace

class PostgresRegistryStore::PostgresChange final
    : public RegistryStore::Change {
 public:
  explicit PostgresChange(pqxx::work& work)
      : work_(work),
        revision_(work.exec1("SELECT revision FROM revision FOR UPDATE")[0]
                      .as<int64_t>()) {}

  int64_t revision() const override { return revision_; }

  absl::StatusOr<int64_t> AdvanceRevision() override {
    ++revision_;
    work_.exec_params0("UPDATE revision SET revision = $1", revision_);
    return revision_;
  }

  absl::StatusOr<std::optional<Grant>> FindGrant(
      absl::string_view name) override {
    return FirstGrant(work_.exec_params(SelectGrants("WHERE g.name = $1"),
                                        std::string(name)));
  }

  absl::StatusOr<std::optional<Grant>> FindGrantByToken(
      absl::string_view as_token_sha256) override {
    return FirstGrant(work_.exec_params(
        SelectGrants("WHERE g.as_token_sha256 = $1"), Bytes(as_token_sha256)));
  }

  absl::Status InsertGrant(const Grant& grant) override {
    work_.exec_params0(
        R"sql(INSERT INTO grants
                (name, as_token_sha256, url_prefix, sender_localpart,
                 create_time, allow_broad, private_networks_allowed,
                 expire_time)
              VALUES ($1, $2, $3, $4,
                      timestamptz 'epoch' +
                      $5::bigint * interval '1 microsecond', $6, $7,
                      timestamptz 'epoch' +
                      nullif($8::bigint, 0) * interval '1 microsecond'))sql",
        grant.name, Bytes(grant.as_token_sha256), grant.url_prefix,
        grant.sender_localpart, TimeToMicros(grant.create_time),
        grant.allow_broad, grant.private_networks_allowed,
        TimeOrNeverToMicros(grant.expire_time));
    InsertCeilings(grant);
    return absl::OkStatus();
  }

  absl::Status ReplaceGrant(const Grant& grant) override {
    work_.exec_params0(
        R"sql(UPDATE grants
              SET url_prefix = $2, sender_localpart = $3, allow_broad = $4,
                  private_networks_allowed = $5,
                  expire_time = timestamptz 'epoch' +
                                nullif($6::bigint, 0) * interval '1 microsecond'
              WHERE name = $1)sql",
        grant.name, grant.url_prefix, grant.sender_localpart, grant.allow_broad,
        grant.private_networks_allowed, TimeOrNeverToMicros(grant.expire_time));
    work_.exec_params0("DELETE FROM ceilings WHERE grant_name = $1",
                       grant.name);
    InsertCeilings(grant);
    return absl::OkStatus();
  }

  absl::Status DeleteGrant(absl::string_view name) override {
    work_.exec_params0("DELETE FROM grants WHERE name = $1", std::string(name));
    return absl::OkStatus();
  }

  absl::StatusOr<std::optional<Appservice>> FindAppservice(
      absl::string_view id) override {
    return FirstAppservice(work_.exec_params(
        SelectAppservices("WHERE a.id = $1"), std::string(id)));
  }

  absl::StatusOr<std::optional<Appservice>> FindAppserviceByGrant(
      absl::string_view grant_name) override {
    return FirstAppservice(work_.exec_params(
        SelectAppservices("WHERE a.grant_name = $1"), std::string(grant_name)));
  }

  absl::StatusOr<Changes> ListChanges(int64_t since) override {
    return SelectChanges(work_, revision_, since);
  }

  absl::StatusOr<int64_t> NewUid() override {
    return work_.exec1("SELECT nextval('appservice_uids')")[0].as<int64_t>();
  }

  absl::Status PutAppservice(const Appservice& appservice) override {
    const Registration& registration = appservice.registration;
    work_.exec_params0(
        R"sql(INSERT INTO appservices
                (uid, id, grant_name, url, hs_token_sealed, sender_localpart,
                 rate_limited, protocols, receive_ephemeral, dialect, revision,
                 create_time, update_time)
              VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11,
                      timestamptz 'epoch' +
                      $12::bigint * interval '1 microsecond',
                      timestamptz 'epoch' +
                      $13::bigint * interval '1 microsecond')
              ON CONFLICT (uid) DO UPDATE SET
                id = excluded.id, url = excluded.url,
                hs_token_sealed = excluded.hs_token_sealed,
                sender_localpart = excluded.sender_localpart,
                rate_limited = excluded.rate_limited,
                protocols = excluded.protocols,
                receive_ephemeral = excluded.receive_ephemeral,
                dialect = excluded.dialect, revision = excluded.revision,
                update_time = excluded.update_time)sql",
        appservice.uid, registration.id, appservice.grant_name,
        registration.url, Bytes(appservice.hs_token_sealed),
        registration.sender_localpart, registration.rate_limited,
        ProtocolsToJson(registration.protocols), registration.receive_ephemeral,
        DialectToText(registration.dialect), appservice.revision,
        TimeToMicros(appservice.create_time),
        TimeToMicros(appservice.update_time));
    work_.exec_params0("DELETE FROM namespaces WHERE appservice_uid = $1",
                       appservice.uid);
    work_.exec_params0(
        R"sql(INSERT INTO namespaces
                (appservice_uid, position, kind, regex, exclusive)
              SELECT $1, position - 1, ns ->> 0, ns ->> 1, (ns ->> 2)::boolean
              FROM jsonb_array_elements($2::jsonb)
                   WITH ORDINALITY AS list (ns, position))sql",
        appservice.uid, NamespacesToJson(registration.namespaces));
    return absl::OkStatus();
  }

  absl::Status RemoveAppservice(int64_t uid) override {
    work_.exec_params0("DELETE FROM appservices WHERE uid = $1", uid);
    work_.exec_params0("INSERT INTO removals (uid, revision) VALUES ($1, $2)",
                       uid, revision_);
    work_.exec_params0("DELETE FROM removals WHERE revision <= $1",
                       revision_ - kRevisionsKept);
    return absl::OkStatus();
  }

  absl::Status AddAuditRecord(const AuditRecord& record) override {
    work_.exec_params0(
        R"sql(INSERT INTO audit_records
                (revision, create_time, actor, action, request_id, before,
                 after)
              VALUES ($1, timestamptz 'epoch' +
                          $2::bigint * interval '1 microsecond', $3, $4, $5,
                      nullif($6, '')::jsonb, nullif($7, '')::jsonb))sql",
        record.revision, TimeToMicros(record.create_time), record.actor,
        record.action, record.request_id, record.before_json,
        record.after_json);
    return absl::OkStatus();
  }

 private:
  void InsertCeilings(const Grant& grant) {
    work_.exec_params0(
        R"sql(INSERT INTO ceilings
                (grant_name, position, kind, regex, exclusive)
              SELECT $1, position - 1, ceiling ->> 0, ceiling ->> 1,
                     (ceiling ->> 2)::boolean
              FROM jsonb_array_elements($2::jsonb)
                   WITH ORDINALITY AS list (ceiling, position))sql",
        grant.name, CeilingsToJson(grant.ceilings));
  }

  static std::optional<Grant> FirstGrant(const pqxx::result& rows) {
    if (rows.empty()) return std::nullopt;
    return GrantFromRow(rows[0]);
  }

  static std::optional<Appservice> FirstAppservice(const pqxx::result& rows) {
    if (rows.empty()) return std::nullopt;
    return AppserviceFromRow(rows[0]);
  }

  pqxx::work& work_;
  int64_t revision_;
};

PostgresRegistryStore::PostgresRegistryStore(postgres::Pool& pool)
    : pool_(pool) {}

absl::Status PostgresRegistryStore::Run(
    absl::FunctionRef<absl::Status(Change&)> body) {
  absl::Status status = pool_.Run([body](pqxx::work& work) {
    PostgresChange change(work);
    return body(change);
  });
  // The lock of another change has not come free in time.
  if (absl::IsAborted(status)) return absl::UnavailableError(status.message());
  return status;
}

absl::StatusOr<GrantInUse> PostgresRegistryStore::GetGrant(
    absl::string_view name) {
  GrantInUse grant;
  CAUSEWAY_RETURN_IF_ERROR(pool_.Run([&](pqxx::work& work) {
    pqxx::result rows =
        work.exec_params(SelectGrants("WHERE g.name = $1"), std::string(name));
    if (rows.empty()) return NoSuchGrant(name);
    grant = GrantInUseFromRow(rows[0]);
    return absl::OkStatus();
  }));
  return grant;
}

absl::StatusOr<Grant> PostgresRegistryStore::GetGrantByToken(
    absl::string_view as_token_sha256) {
  Grant grant;
  CAUSEWAY_RETURN_IF_ERROR(pool_.Run([&](pqxx::work& work) {
    pqxx::result rows = work.exec_params(
        SelectGrants("WHERE g.as_token_sha256 = $1"), Bytes(as_token_sha256));
    if (rows.empty()) return matrix::NotFound("grant for this token");
    grant = GrantFromRow(rows[0]);
    return absl::OkStatus();
  }));
  return grant;
}

absl::StatusOr<Appservice> PostgresRegistryStore::GetAppservice(
    absl::string_view id) {
  Appservice appservice;
  CAUSEWAY_RETURN_IF_ERROR(pool_.Run([&](pqxx::work& work) {
    pqxx::result rows =
        work.exec_params(SelectAppservices("WHERE a.id = $1"), std::string(id));
    if (rows.empty()) return NoSuchAppservice(id);
    appservice = AppserviceFromRow(rows[0]);
    return absl::OkStatus();
  }));
  return appservice;
}

absl::StatusOr<Appservice> PostgresRegistryStore::GetAppserviceByToken(
    absl::string_view as_token_sha256) {
  Appservice appservice;
  CAUSEWAY_RETURN_IF_ERROR(pool_.Run([&](pqxx::work& work) {
    pqxx::result rows =
        work.exec_params(SelectAppservices("WHERE g.as_token_sha256 = $1"),
                         Bytes(as_token_sha256));
    if (rows.empty()) {
      return matrix::NotFound("application service with this token");
    }
    appservice = AppserviceFromRow(rows[0]);
    return absl::OkStatus();
  }));
  return appservice;
}

absl::StatusOr<std::vector<std::string>>
PostgresRegistryStore::ListExpiredInUse(absl::Time now, int count_max) {
  std::vector<std::string> names;
  CAUSEWAY_RETURN_IF_ERROR(pool_.Run([&](pqxx::work& work) {
    for (const pqxx::row& row : work.exec_params(
             R"sql(SELECT g.name
                   FROM grants g JOIN appservices a ON a.grant_name = g.name
                   WHERE g.expire_time <= timestamptz 'epoch' +
                                          $1::bigint * interval '1 microsecond'
                   ORDER BY g.expire_time, g.name LIMIT $2)sql",
             TimeToMicros(now), count_max)) {
      names.emplace_back(row["name"].c_str());
    }
    return absl::OkStatus();
  }));
  return names;
}

absl::StatusOr<std::vector<GrantInUse>> PostgresRegistryStore::ListGrants(
    absl::string_view after, int count_max) {
  std::vector<GrantInUse> grants;
  CAUSEWAY_RETURN_IF_ERROR(pool_.Run([&](pqxx::work& work) {
    for (const pqxx::row& row :
         work.exec_params(SelectGrants(R"sql(WHERE g.name COLLATE "C" > $1
                                ORDER BY g.name COLLATE "C" LIMIT $2)sql"),
                          std::string(after), count_max)) {
      grants.push_back(GrantInUseFromRow(row));
    }
    return absl::OkStatus();
  }));
  return grants;
}

absl::StatusOr<std::vector<Appservice>> PostgresRegistryStore::ListAppservices(
    absl::string_view after, int count_max) {
  std::vector<Appservice> appservices;
  CAUSEWAY_RETURN_IF_ERROR(pool_.Run([&](pqxx::work& work) {
    appservices = AppservicesFromRows(
        work.exec_params(SelectAppservices(R"sql(WHERE a.id COLLATE "C" > $1
                                ORDER BY a.id COLLATE "C" LIMIT $2)sql"),
                         std::string(after), count_max));
    return absl::OkStatus();
  }));
  return appservices;
}

absl::StatusOr<std::vector<StoredAuditRecord>>
PostgresRegistryStore::ListAuditRecords(int64_t before_id, int count_max) {
  std::vector<StoredAuditRecord> page;
  CAUSEWAY_RETURN_IF_ERROR(pool_.Run([&](pqxx::work& work) {
    for (const pqxx::row& row :
         work.exec_params(absl::StrCat("SELECT ", kAuditRecordColumns,
                                       R"sql( FROM audit_records r
                          WHERE $1::bigint = 0 OR r.record_id < $1
                          ORDER BY r.record_id DESC LIMIT $2)sql"),
                          before_id, count_max)) {
      page.push_back(AuditRecordFromRow(row));
    }
    return absl::OkStatus();
  }));
  return page;
}

absl::StatusOr<Changes> PostgresRegistryStore::ListChanges(int64_t since) {
  Changes changes;
  CAUSEWAY_RETURN_IF_ERROR(pool_.Run([&](pqxx::work& work) {
    // One snapshot for all of it: what is listed belongs to the revision read.
    work.exec0("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY");
    const auto revision =
        work.exec1("SELECT revision FROM revision")[0].as<int64_t>();
    changes = SelectChanges(work, revision, since);
    return absl::OkStatus();
  }));
  return changes;
}

}  // namespace causeway::registry
