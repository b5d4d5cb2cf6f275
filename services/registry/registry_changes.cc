#include "services/registry/registry_changes.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "services/shared/status/status_macros.h"

namespace causeway::registry {

std::string HolderOf(const Grant& grant) {
  return absl::StrCat("appservice ", grant.name);
}

AuditRecord MakeAuditRecord(const RegistryStore::Change& change,
                            std::string action, const Actor& actor) {
  AuditRecord record;
  record.revision = change.revision();
  record.create_time = actor.now;
  record.actor = actor.name;
  record.action = std::move(action);
  record.request_id = actor.request_id;
  record.reason = actor.reason;
  return record;
}

absl::Status EndRegistration(RegistryStore::Change& change,
                             const Appservice& appservice, const Actor& actor) {
  CAUSEWAY_RETURN_IF_ERROR(change.AdvanceRevision().status());
  AuditRecord record = MakeAuditRecord(change, kUnregister, actor);
  record.before_json = AuditJson(appservice);
  CAUSEWAY_RETURN_IF_ERROR(change.RemoveAppservice(appservice.uid));
  return change.AddAuditRecord(record);
}

}  // namespace causeway::registry
