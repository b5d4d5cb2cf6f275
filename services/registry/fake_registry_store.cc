#include "services/registry/fake_registry_store.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/status/status_macros.h"

namespace causeway::registry {

// Works on a copy, which Run() puts in place when the body is content.
class FakeRegistryStore::FakeChange final : public RegistryStore::Change {
 public:
  FakeChange(Tables tables, int64_t& clock)
      : tables_(std::move(tables)), clock_(clock) {}

  Tables TakeTables() { return std::move(tables_); }

  int64_t revision() const override { return tables_.revision; }

  absl::StatusOr<int64_t> AdvanceRevision() override {
    tables_.revision = ++clock_;
    std::vector<int64_t>& known = tables_.known_revisions;
    known.push_back(tables_.revision);
    if (std::ssize(known) > kRevisionsKept) known.erase(known.begin());
    return tables_.revision;
  }

  absl::StatusOr<std::optional<Grant>> FindGrant(
      absl::string_view name) override {
    auto it = tables_.grants.find(std::string(name));
    if (it == tables_.grants.end()) return std::nullopt;
    return it->second;
  }

  absl::StatusOr<std::optional<Grant>> FindGrantByToken(
      absl::string_view as_token_sha256) override {
    for (const auto& [name, grant] : tables_.grants) {
      if (grant.as_token_sha256 == as_token_sha256) return grant;
    }
    return std::nullopt;
  }

  absl::Status InsertGrant(const Grant& grant) override {
    CAUSEWAY_ASSIGN_OR_RETURN(std::optional<Grant> same_token,
                              FindGrantByToken(grant.as_token_sha256));
    if (same_token.has_value() || tables_.grants.contains(grant.name)) {
      return absl::AlreadyExistsError("unique constraint");
    }
    tables_.grants[grant.name] = grant;
    return absl::OkStatus();
  }

  absl::Status ReplaceGrant(const Grant& grant) override {
    Grant& kept = tables_.grants.at(grant.name);
    const Grant before = kept;
    kept = grant;
    kept.as_token_sha256 = before.as_token_sha256;
    kept.create_time = before.create_time;
    return absl::OkStatus();
  }

  absl::Status DeleteGrant(absl::string_view name) override {
    tables_.grants.erase(std::string(name));
    tables_.RemovePendingOf(name);
    return absl::OkStatus();
  }

  absl::StatusOr<std::optional<Appservice>> FindAppservice(
      absl::string_view id) override {
    for (const auto& [uid, appservice] : tables_.appservices) {
      if (appservice.registration.id == id) return tables_.Joined(appservice);
    }
    return std::nullopt;
  }

  absl::StatusOr<std::optional<Appservice>> FindAppserviceByGrant(
      absl::string_view grant_name) override {
    for (const auto& [uid, appservice] : tables_.appservices) {
      if (appservice.grant_name == grant_name) {
        return tables_.Joined(appservice);
      }
    }
    return std::nullopt;
  }

  absl::StatusOr<Changes> ListChanges(int64_t since) override {
    return tables_.ChangesSince(since);
  }

  absl::StatusOr<int64_t> NewUid() override { return tables_.next_uid++; }

  absl::Status PutAppservice(const Appservice& appservice) override {
    for (const auto& [uid, other] : tables_.appservices) {
      const Registration& a = appservice.registration;
      const Registration& b = other.registration;
      if (uid != appservice.uid &&
          (a.id == b.id || a.sender_localpart == b.sender_localpart ||
           appservice.grant_name == other.grant_name)) {
        return absl::AlreadyExistsError("unique constraint");
      }
    }
    tables_.appservices[appservice.uid] = appservice;
    return absl::OkStatus();
  }

  absl::Status RemoveAppservice(int64_t uid) override {
    if (tables_.appservices.erase(uid) > 0) {
      tables_.removals.push_back({uid, tables_.revision});
    }
    return absl::OkStatus();
  }

  absl::StatusOr<std::optional<PendingRequest>> FindPendingRequest(
      int64_t pending_id) override {
    auto it = tables_.pending.find(pending_id);
    if (it == tables_.pending.end()) return std::nullopt;
    return it->second;
  }

  absl::StatusOr<std::optional<PendingRequest>> FindPendingRequestByGrant(
      absl::string_view grant_name) override {
    for (const auto& [pending_id, request] : tables_.pending) {
      if (request.grant_name == grant_name) return request;
    }
    return std::nullopt;
  }

  absl::Status PutPendingRequest(const PendingRequest& request,
                                 int kept_max) override {
    tables_.RemovePendingOf(request.grant_name);
    PendingRequest& kept = tables_.pending[tables_.next_pending_id];
    kept = request;
    kept.pending_id = tables_.next_pending_id++;
    while (static_cast<int>(tables_.pending.size()) > kept_max) {
      tables_.pending.erase(tables_.pending.begin());
    }
    return absl::OkStatus();
  }

  absl::Status RemovePendingRequest(int64_t pending_id) override {
    tables_.pending.erase(pending_id);
    return absl::OkStatus();
  }

  absl::Status AddAuditRecord(const AuditRecord& record) override {
    tables_.audit_records.push_back(record);
    return absl::OkStatus();
  }

 private:
  Tables tables_;
  int64_t& clock_;
};

GrantInUse FakeRegistryStore::Tables::WithUse(const Grant& grant) const {
  for (const auto& [uid, appservice] : appservices) {
    if (appservice.grant_name == grant.name) {
      return {grant, appservice.registration.id};
    }
  }
  return {grant, ""};
}

void FakeRegistryStore::Tables::RemovePendingOf(absl::string_view grant_name) {
  std::erase_if(pending, [grant_name](const auto& item) {
    return item.second.grant_name == grant_name;
  });
}

Appservice FakeRegistryStore::Tables::Joined(Appservice appservice) const {
  // Tests of others put registrations without one.
  const auto grant = grants.find(appservice.grant_name);
  if (grant == grants.end()) return appservice;
  appservice.as_token_sha256 = grant->second.as_token_sha256;
  appservice.private_networks_allowed = grant->second.private_networks_allowed;
  appservice.expire_time = grant->second.expire_time;
  return appservice;
}

Changes FakeRegistryStore::Tables::ChangesSince(int64_t since) const {
  Changes changes;
  changes.revision = revision;
  const auto found =
      std::lower_bound(known_revisions.begin(), known_revisions.end(), since);
  changes.whole = found == known_revisions.end() || *found != since;
  if (changes.whole) since = 0;
  std::copy_if(known_revisions.begin(), known_revisions.end(),
               std::back_inserter(changes.known),
               [since](int64_t known) { return known > since; });
  for (const auto& [uid, appservice] : appservices) {
    if (appservice.revision > since) {
      changes.updated.push_back(Joined(appservice));
    }
  }
  for (const Removal& removal : removals) {
    if (removal.revision > since) changes.removals.push_back(removal);
  }
  return changes;
}

absl::StatusOr<FakeRegistryStore::Tables> FakeRegistryStore::Read() const {
  absl::MutexLock lock(&mu_);
  if (!failure_.ok()) return failure_;
  return tables_;
}

absl::Status FakeRegistryStore::Run(
    absl::FunctionRef<absl::Status(Change&)> body) {
  absl::AnyInvocable<void()> before;
  {
    absl::MutexLock lock(&mu_);
    before = std::exchange(before_next_change_, nullptr);
  }
  if (before) before();
  absl::MutexLock change_lock(&change_mu_);
  CAUSEWAY_ASSIGN_OR_RETURN(Tables tables, Read());
  FakeChange change(std::move(tables), clock_);
  CAUSEWAY_RETURN_IF_ERROR(body(change));
  absl::MutexLock lock(&mu_);
  if (!failure_.ok()) return failure_;
  if (!write_failure_.ok()) return write_failure_;
  tables_ = change.TakeTables();
  return absl::OkStatus();
}

absl::StatusOr<GrantInUse> FakeRegistryStore::GetGrant(absl::string_view name) {
  CAUSEWAY_ASSIGN_OR_RETURN(Tables tables, Read());
  auto it = tables.grants.find(std::string(name));
  if (it == tables.grants.end()) return matrix::NotFound("such grant");
  return tables.WithUse(it->second);
}

absl::StatusOr<Grant> FakeRegistryStore::GetGrantByToken(
    absl::string_view as_token_sha256) {
  CAUSEWAY_ASSIGN_OR_RETURN(Tables tables, Read());
  for (const auto& [name, grant] : tables.grants) {
    if (grant.as_token_sha256 == as_token_sha256) return grant;
  }
  return matrix::NotFound("such grant");
}

absl::StatusOr<Appservice> FakeRegistryStore::GetAppservice(
    absl::string_view id) {
  CAUSEWAY_ASSIGN_OR_RETURN(Tables tables, Read());
  for (const auto& [uid, appservice] : tables.appservices) {
    if (appservice.registration.id == id) return tables.Joined(appservice);
  }
  return matrix::NotFound("such application service");
}

absl::StatusOr<Appservice> FakeRegistryStore::GetAppserviceByToken(
    absl::string_view as_token_sha256) {
  CAUSEWAY_ASSIGN_OR_RETURN(Tables tables, Read());
  for (const auto& [uid, appservice] : tables.appservices) {
    if (appservice.as_token_sha256 == as_token_sha256) {
      return tables.Joined(appservice);
    }
  }
  return matrix::NotFound("such application service");
}

absl::StatusOr<std::vector<std::string>> FakeRegistryStore::ListExpiredInUse(
    absl::Time now, int count_max) {
  CAUSEWAY_ASSIGN_OR_RETURN(Tables tables, Read());
  std::set<std::pair<absl::Time, std::string>> expired;
  for (const auto& [uid, appservice] : tables.appservices) {
    const Grant& grant = tables.grants.at(appservice.grant_name);
    if (grant.HasExpired(now)) expired.emplace(grant.expire_time, grant.name);
  }
  std::vector<std::string> names;
  for (const auto& [expire_time, name] : expired) {
    if (static_cast<int>(names.size()) < count_max) names.push_back(name);
  }
  return names;
}

absl::StatusOr<std::vector<GrantInUse>> FakeRegistryStore::ListGrants(
    absl::string_view after, int count_max) {
  CAUSEWAY_ASSIGN_OR_RETURN(Tables tables, Read());
  std::vector<GrantInUse> page;
  for (auto it = tables.grants.upper_bound(std::string(after));
       it != tables.grants.end() && static_cast<int>(page.size()) < count_max;
       ++it) {
    page.push_back(tables.WithUse(it->second));
  }
  return page;
}

absl::StatusOr<std::vector<Appservice>> FakeRegistryStore::ListAppservices(
    absl::string_view after, int count_max) {
  CAUSEWAY_ASSIGN_OR_RETURN(Tables tables, Read());
  std::map<std::string, Appservice> by_id;
  for (const auto& [uid, appservice] : tables.appservices) {
    by_id[appservice.registration.id] = tables.Joined(appservice);
  }
  std::vector<Appservice> page;
  for (auto it = by_id.upper_bound(std::string(after));
       it != by_id.end() && static_cast<int>(page.size()) < count_max; ++it) {
    page.push_back(it->second);
  }
  return page;
}

absl::StatusOr<std::vector<PendingRequest>>
FakeRegistryStore::ListPendingRequests(int64_t after_id, int count_max) {
  CAUSEWAY_ASSIGN_OR_RETURN(Tables tables, Read());
  std::vector<PendingRequest> page;
  for (auto it = tables.pending.upper_bound(after_id);
       it != tables.pending.end() && static_cast<int>(page.size()) < count_max;
       ++it) {
    page.push_back(it->second);
  }
  return page;
}

absl::StatusOr<std::vector<StoredAuditRecord>>
FakeRegistryStore::ListAuditRecords(int64_t before_id, int count_max) {
  CAUSEWAY_ASSIGN_OR_RETURN(Tables tables, Read());
  std::vector<StoredAuditRecord> page;
  int64_t record_id = std::ssize(tables.audit_records);
  if (before_id > 0) record_id = std::min(record_id, before_id - 1);
  for (; record_id > 0 && static_cast<int>(page.size()) < count_max;
       --record_id) {
    page.push_back({record_id, tables.audit_records[record_id - 1]});
  }
  return page;
}

absl::StatusOr<Changes> FakeRegistryStore::ListChanges(int64_t since) {
  CAUSEWAY_ASSIGN_OR_RETURN(Tables tables, Read());
  return tables.ChangesSince(since);
}

absl::AnyInvocable<void()> FakeRegistryStore::BackUp() {
  absl::MutexLock lock(&mu_);
  return [this, backup = tables_] {
    absl::MutexLock lock(&mu_);
    tables_ = backup;
  };
}

void FakeRegistryStore::BeforeNextChange(absl::AnyInvocable<void()> act) {
  absl::MutexLock lock(&mu_);
  before_next_change_ = std::move(act);
}

void FakeRegistryStore::SetFailure(absl::Status failure) {
  absl::MutexLock lock(&mu_);
  failure_ = std::move(failure);
}

void FakeRegistryStore::SetWriteFailure(absl::Status failure) {
  absl::MutexLock lock(&mu_);
  write_failure_ = std::move(failure);
}

std::vector<AuditRecord> FakeRegistryStore::audit_records() const {
  absl::MutexLock lock(&mu_);
  return tables_.audit_records;
}

}  // namespace causeway::registry
