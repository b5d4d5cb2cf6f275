#include "services/registry/postgres_registry_store.h"

#include <optional>
#include <pqxx/pqxx>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/registry/postgres_registry_change.h"
#include "services/registry/postgres_registry_rows.h"
#include "services/registry/registry_sql.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/matrix/utf8.h"
#include "services/shared/postgres/key_plans.h"
#include "services/shared/status/status_macros.h"

namespace causeway::registry {
namespace {

GrantInUse GrantInUseFromRow(const pqxx::row& row) {
  return {GrantFromRow(row), row["appservice_id"].c_str()};
}

absl::Status NoSuchGrant(absl::string_view name) {
  return matrix::NotFound(absl::StrCat("grant ", matrix::Quote(name)));
}

absl::Status NoSuchAppservice(absl::string_view id) {
  return matrix::NotFound(
      absl::StrCat("application service ", matrix::Quote(id)));
}

}  // namespace

postgres::Pool::Options PostgresRegistryStore::PoolOptions(
    std::string conninfo, int connections_max) {
  postgres::Pool::Options options;
  options.conninfo = std::move(conninfo);
  options.connections_max = connections_max;
  options.statements = registry_sql::Statements();
  options.session.settings = postgres::KeyPlans();
  return options;
}

PostgresRegistryStore::PostgresRegistryStore(postgres::Pool& pool)
    : pool_(pool) {}

absl::Status PostgresRegistryStore::Run(
    absl::FunctionRef<absl::Status(Change&)> body) {
  absl::Status status = pool_.Run([body](pqxx::work& work) {
    PostgresRegistryChange change(work);
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
        work.exec_prepared(registry_sql::kFindGrant, std::string(name));
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
    pqxx::result rows = work.exec_prepared(registry_sql::kFindGrantByToken,
                                           Bytes(as_token_sha256));
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

absl::StatusOr<std::vector<PendingRequest>>
PostgresRegistryStore::ListPendingRequests(int64_t after_id, int count_max) {
  std::vector<PendingRequest> page;
  CAUSEWAY_RETURN_IF_ERROR(pool_.Run([&](pqxx::work& work) {
    for (const pqxx::row& row : work.exec_params(
             SelectPendingRequests(
                 "WHERE p.pending_id > $1 ORDER BY p.pending_id LIMIT $2"),
             after_id, count_max)) {
      page.push_back(PendingRequestFromRow(row));
    }
    return absl::OkStatus();
  }));
  return page;
}

absl::StatusOr<std::vector<StoredAuditRecord>>
PostgresRegistryStore::ListAuditRecords(int64_t before_id, int count_max) {
  std::vector<StoredAuditRecord> page;
  CAUSEWAY_RETURN_IF_ERROR(pool_.Run([&](pqxx::work& work) {
    for (const pqxx::row& row : work.exec_params(
             SelectAuditRecords(R"sql(WHERE $1::bigint = 0 OR r.record_id < $1
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
