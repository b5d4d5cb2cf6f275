#ifndef CAUSEWAY_SERVICES_REGISTRY_POSTGRES_REGISTRY_ROWS_H_
#define CAUSEWAY_SERVICES_REGISTRY_POSTGRES_REGISTRY_ROWS_H_

#include <cstdint>
#include <pqxx/pqxx>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "services/registry/appservice.h"
#include "services/registry/audit.h"
#include "services/registry/grant.h"
#include "services/registry/pending_request.h"
#include "services/registry/registry_store.h"

// How the registry's types stand in rows. pqxx of this release neither sends
// nor reads arrays well, so lists travel as JSON and are taken apart by SQL.
//
// What doesn't fit throws: the tables hold nothing but what was written here.
namespace causeway::registry {

// Each begins a statement whose rows the function named after it reads; `rest`
// is what comes after FROM, where appservices are `a`, grants `g`, pending
// requests `p`, audit records `r`.
std::string SelectAppservices(absl::string_view rest);
Appservice AppserviceFromRow(const pqxx::row& row);
std::vector<Appservice> AppservicesFromRows(const pqxx::result& rows);

// Has a column appservice_id besides, empty when a grant isn't in use.
std::string SelectGrants(absl::string_view rest);
Grant GrantFromRow(const pqxx::row& row);

std::string SelectPendingRequests(absl::string_view rest);
PendingRequest PendingRequestFromRow(const pqxx::row& row);

std::string SelectAuditRecords(absl::string_view rest);
StoredAuditRecord AuditRecordFromRow(const pqxx::row& row);

// All that `work` sees between two revisions.
Changes SelectChanges(pqxx::work& work, int64_t revision, int64_t since);

// [["url", "", "..."], ...]: field, witness, message.
std::string DifferencesToJson(
    const std::vector<PendingRequest::Difference>& differences);
// [["users", "@irc_.*", true], ...]
std::string NamespacesToJson(const std::vector<Namespace>& namespaces);
// [["users", "@irc_.*", true], ...]; false for those that are shared.
std::string CeilingsToJson(const Ceilings& ceilings);
// ["irc", ...]
std::string ProtocolsToJson(const std::vector<std::string>& protocols);

std::string DialectToText(Dialect dialect);

// Microseconds since 1970, which is what timestamptz keeps.
int64_t TimeToMicros(absl::Time time);
// 0 for the infinite ones.
int64_t FiniteTimeToMicros(absl::Time time);

// A value of type bytea.
pqxx::binarystring Bytes(absl::string_view bytes);

}  // namespace causeway::registry

#endif  // CAUSEWAY_SERVICES_REGISTRY_POSTGRES_REGISTRY_ROWS_H_
