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

// How the registry's types stand in rows. pqxx of this release neither sends
// nor reads arrays well, so lists travel as JSON and are taken apart by SQL.
//
// What doesn't fit throws: the tables hold nothing but what was written here.
namespace causeway::registry {

// Columns of appservices `a` and grants `g`, for AppserviceFromRow().
extern const char kAppserviceColumns[];
Appservice AppserviceFromRow(const pqxx::row& row);
std::vector<Appservice> AppservicesFromRows(const pqxx::result& rows);

// Columns of grants `g`, for GrantFromRow().
extern const char kGrantColumns[];
Grant GrantFromRow(const pqxx::row& row);

// Columns of audit_records `r`, for AuditRecordFromRow().
extern const char kAuditRecordColumns[];
StoredAuditRecord AuditRecordFromRow(const pqxx::row& row);

// [["users", "@irc_.*", true], ...]
std::string NamespacesToJson(const std::vector<Namespace>& namespaces);
// [["users", "@irc_.*", true], ...]; false for those that are shared.
std::string CeilingsToJson(const Ceilings& ceilings);
// ["irc", ...]
std::string ProtocolsToJson(const std::vector<std::string>& protocols);

std::string DialectToText(Dialect dialect);

// Microseconds since 1970, which is what timestamptz keeps.
int64_t TimeToMicros(absl::Time time);
// 0 for InfiniteFuture().
int64_t TimeOrNeverToMicros(absl::Time time);

// A value of type bytea.
pqxx::binarystring Bytes(absl::string_view bytes);

}  // namespace causeway::registry

#endif  // CAUSEWAY_SERVICES_REGISTRY_POSTGRES_REGISTRY_ROWS_H_
