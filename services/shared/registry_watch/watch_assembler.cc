#include "services/shared/registry_watch/watch_assembler.h"

#include <utility>

#include "services/shared/registry_watch/registration.h"

namespace causeway::registry_watch {
namespace {

namespace pb = causeway::registry::v1;
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

Registration FromProto(const pb::Appservice& appservice) {
  Registration registration;
  registration.uid = appservice.uid();
  registration.id = appservice.id();
  registration.url = appservice.url();
  registration.as_token_sha256 = appservice.as_token_sha256();
  registration.hs_token_sealed = appservice.hs_token_sealed();
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

  std::vector<Registration> registrations;
  registrations.reserve(by_uid_.size());
  for (const auto& [uid, registration] : by_uid_) {
    registrations.push_back(registration);
  }
  return RegistrySnapshot::Create(revision_, server_name_,
                                  std::move(registrations));
}

void WatchAssembler::Apply(const pb::WatchResponse& message) {
  if (message.reset()) by_uid_.clear();
  if (!message.server_name().empty()) server_name_ = message.server_name();
  for (const std::string& uid : message.removed_uids()) by_uid_.erase(uid);
  for (const pb::Appservice& appservice : message.updated()) {
    by_uid_[appservice.uid()] = FromProto(appservice);
  }
}

}  // namespace causeway::registry_watch
