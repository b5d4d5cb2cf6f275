#ifndef CAUSEWAY_SERVICES_REGISTRY_REGISTRY_SQL_H_
#define CAUSEWAY_SERVICES_REGISTRY_REGISTRY_SQL_H_

#include <vector>

#include "services/shared/postgres/connection.h"

// What a registration takes, by the names under which the statements are
// prepared: most of it runs under the lock that all changes take in turn, and
// to plan such a statement takes longer than to run it. What only operators ask
// stands where it is asked.
namespace causeway::registry::registry_sql {

inline constexpr char kAdvanceRevision[] = "advance_revision";
inline constexpr char kForgetRevisionsUpTo[] = "forget_revisions_up_to";
inline constexpr char kForgetUnlessKnown[] = "forget_unless_known";
inline constexpr char kAddKnownRevision[] = "add_known_revision";
inline constexpr char kListKnownRevisions[] = "list_known_revisions";
inline constexpr char kListUpdated[] = "list_updated";
inline constexpr char kListRemovals[] = "list_removals";
inline constexpr char kFindGrant[] = "find_grant";
inline constexpr char kFindGrantByToken[] = "find_grant_by_token";
inline constexpr char kInsertGrant[] = "insert_grant";
inline constexpr char kInsertCeilings[] = "insert_ceilings";
inline constexpr char kFindAppserviceByGrant[] = "find_appservice_by_grant";
inline constexpr char kNewUid[] = "new_uid";
inline constexpr char kPutAppservice[] = "put_appservice";
inline constexpr char kDeleteNamespaces[] = "delete_namespaces";
inline constexpr char kInsertNamespaces[] = "insert_namespaces";
inline constexpr char kFindPendingByGrant[] = "find_pending_by_grant";
inline constexpr char kAddAuditRecord[] = "add_audit_record";

std::vector<postgres::PreparedStatement> Statements();

}  // namespace causeway::registry::registry_sql

#endif  // CAUSEWAY_SERVICES_REGISTRY_REGISTRY_SQL_H_
