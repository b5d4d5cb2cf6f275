#include "services/shared/registry_watch/watch_assembler.h"

#include <google/protobuf/util/time_util.h>

#include <utility>

#include "absl/time/time.h"
#include "services/shared/registry_watch/registration.h"
#include "services/shared/status/status_macros.h"

namespace causeway::registry_watch {
namespace {

namespace pb = causeway::registry::v1;
using google::protobuf::util::TimeUtil;
using namespaces::NamespaceKind;

NamespaceKind KindFromProto(pb::Namespace::Kind kind) {
  switch (kind) {
    case pb::Namespace::ALIASES:
      return NamespaceKind::kAliases;
    case pb::Namespace::ROOMS:
      return NamespaceKind::kRooms;
    default:
      return NamespaceKind::kUsers;
  }
}

absl::Time FromProto(const google::protobuf::Timestamp& time) {
  return absl::FromUnixMicros(TimeUtil::TimestampToMicroseconds(time));
}

Registration FromProto(const pb::Appservice& appservice) {
  Registration registration;
  registration.uid = appservice.uid();
  registration.id = appservice.id();
  registration.url = appservice.url();
  registration.as_token_sha256 = appservice.as_token_sha256();
  registration.hs_token_sealed = appservice.hs_token_sealed();
  if (!appservice.previous_hs_token_sealed().empty()) {
    registration.previous_hs_token_sealed =
        appservice.previous_hs_token_sealed();
    registration.previous_hs_token_until =
        FromProto(appservice.previous_hs_token_until());
  }
  registration.sender_localpart = appservice.sender_localpart();
  for (const pb::Namespace& ns : appservice.namespaces()) {
    registration.namespaces.push_back(
        {KindFromProto(ns.kind()), ns.regex(), ns.exclusive()});
  }
  registration.dialect =
      appservice.dialect() == pb::DRAFT ? Dialect::kDraft : Dialect::kV1;
  registration.receive_ephemeral = appservice.receive_ephemeral();
  registration.rate_limited = appservice.rate_limited();
  registration.protocols.assign(appservice.protocols().begin(),
                                appservice.protocols().end());
  registration.private_networks_allowed =
      !appservice.has_private_networks_allowed() ||
      appservice.private_networks_allowed();
  if (appservice.has_expire_time()) {
    registration.expire_time = FromProto(appservice.expire_time());
  }
  registration.revision = appservice.revision();
  return registration;
}

bool BringsNothing(const pb::WatchResponse& message) {
  return !message.reset() && message.updated().empty() &&
         message.removed_uids().empty();
}

}  // namespace

void WatchAssembler::StartStream() { incomplete_.clear(); }

absl::StatusOr<std::shared_ptr<const RegistrySnapshot>> WatchAssembler::Take(
    pb::WatchResponse message) {
  const bool complete = message.complete();
  const int64_t revision = message.revision();
  if (complete && incomplete_.empty() && revision == revision_ &&
      BringsNothing(message)) {
    return nullptr;
  }
  incomplete_.push_back(std::move(message));
  if (!complete) return nullptr;

  for (const pb::WatchResponse& part : incomplete_) Apply(part);
  incomplete_.clear();
  revision_ = revision;

  std::vector<std::shared_ptr<const Registration>> updated;
  updated.reserve(updated_.size());
  for (const auto& [uid, registration] : updated_) {
    updated.push_back(registration);
  }
  CAUSEWAY_ASSIGN_OR_RETURN(
      usable_, usable_->After(revision_, std::move(updated),
                              std::vector<std::string>(removed_uids_.begin(),
                                                       removed_uids_.end())));
  updated_.clear();
  removed_uids_.clear();
  return usable_;
}

void WatchAssembler::Apply(const pb::WatchResponse& message) {
  if (message.reset()) {
    usable_ = RegistrySnapshot::Create(0, message.server_name(), {}).value();
    updated_.clear();
    removed_uids_.clear();
  }
  for (const std::string& uid : message.removed_uids()) {
    updated_.erase(uid);
    removed_uids_.insert(uid);
  }
  for (const pb::Appservice& appservice : message.updated()) {
    removed_uids_.erase(appservice.uid());
    updated_[appservice.uid()] =
        std::make_shared<Registration>(FromProto(appservice));
  }
}

}  // namespace causeway::registry_watch
