#include "services/registry/registry_store_contract.h"

#include "absl/time/time.h"
#include "services/registry/registration.h"
#include "services/shared/matrix/token.h"
#include "services/shared/namespaces/namespace_kind.h"

namespace causeway::registry {

Grant RegistryStoreContract::MakeGrant(const std::string& name) {
  Grant grant;
  grant.name = name;
  grant.as_token_sha256 = matrix::Sha256("token of " + name);
  grant.ceilings = {.users = {"@b\\.\"'.*", "@a.*"},
                    .aliases = {"#\xc3\xa4.*"},
                    .shared_users = {"@c.*"},
                    .shared_rooms = {"!b.*", "!a.*"}};
  grant.allow_broad = true;
  grant.private_networks_allowed = false;
  grant.expire_time = absl::FromUnixMicros(1421416883133003);
  grant.url_prefix = "https://a.test/";
  grant.sender_localpart = "bot";
  grant.create_time = absl::FromUnixMicros(1421416883133001);
  return grant;
}

Appservice RegistryStoreContract::MakeAppservice(int64_t uid,
                                                 const std::string& grant_name,
                                                 int64_t revision) {
  using namespaces::NamespaceKind;
  Appservice appservice;
  appservice.uid = uid;
  appservice.grant_name = grant_name;
  const Grant grant = MakeGrant(grant_name);
  appservice.as_token_sha256 = grant.as_token_sha256;
  appservice.private_networks_allowed = grant.private_networks_allowed;
  appservice.expire_time = grant.expire_time;
  appservice.hs_token_sealed = std::string("\0\x01sealed\xff", 9);
  appservice.previous_hs_token_sealed = std::string("\0older", 6);
  appservice.previous_hs_token_until = absl::FromUnixMicros(1421416883133005);
  appservice.revision = revision;
  appservice.create_time = absl::FromUnixMicros(1421416883133002);
  appservice.update_time = absl::FromUnixMicros(1421418084816003);
  Registration& registration = appservice.registration;
  registration.id = "id of " + grant_name;
  registration.url = "https://a.test/" + grant_name;
  registration.sender_localpart = "bot of " + grant_name;
  registration.namespaces = {{NamespaceKind::kUsers, "@b\\.\"'.*", true},
                             {NamespaceKind::kRooms, "!\xc3\xa4.*", false},
                             {NamespaceKind::kUsers, "@a.*", false},
                             {NamespaceKind::kUsers, "@a.*", false}};
  registration.rate_limited = true;
  registration.protocols = {"irc", "\"x\""};
  registration.receive_ephemeral = true;
  registration.dialect = Dialect::kDraft;
  registration.extra_fields_yaml = "org.example:\n  - \"1\"\n";
  return appservice;
}

absl::Status RegistryStoreContract::InsertGrant(const std::string& name) {
  return store_->Run([&](RegistryStore::Change& change) {
    return change.InsertGrant(MakeGrant(name));
  });
}

absl::StatusOr<Appservice> RegistryStoreContract::Insert(
    const std::string& name) {
  Appservice appservice;
  absl::Status status =
      store_->Run([&](RegistryStore::Change& change) -> absl::Status {
        absl::Status inserted = change.InsertGrant(MakeGrant(name));
        if (!inserted.ok()) return inserted;
        int64_t uid = change.NewUid().value();
        appservice =
            MakeAppservice(uid, name, change.AdvanceRevision().value());
        return change.PutAppservice(appservice);
      });
  if (!status.ok()) return status;
  return appservice;
}

PendingRequest RegistryStoreContract::MakePending(
    const std::string& grant_name) {
  PendingRequest request;
  request.grant_name = grant_name;
  request.wanted = MakeAppservice(0, grant_name, 0).registration;
  request.hs_token_sealed = std::string("\0\x01sealed\xff", 9);
  request.differences = {{"url", "", "https://\"x\""},
                         {"namespaces.users[0]", "@\xc3\xa4", "exceeds"}};
  request.create_time = absl::FromUnixMicros(1421416883133004);
  return request;
}

absl::Status RegistryStoreContract::PutPending(const PendingRequest& request,
                                               int kept_max) {
  return store_->Run([&](RegistryStore::Change& change) {
    return change.PutPendingRequest(request, kept_max);
  });
}

absl::Status RegistryStoreContract::Remove(int64_t uid) {
  return store_->Run([&](RegistryStore::Change& change) {
    change.AdvanceRevision().value();
    return change.RemoveAppservice(uid);
  });
}

}  // namespace causeway::registry
