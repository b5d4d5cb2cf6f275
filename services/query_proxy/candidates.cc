#include "services/query_proxy/candidates.h"

#include <algorithm>

namespace causeway::query {
namespace {

using registry_watch::Registration;
using Kind = registry_watch::RegistrySnapshot::Kind;

void Add(const Registration& registration, Candidates& candidates) {
  if (registration.url.empty() ||
      candidates.appservice_uids.size() == kCandidatesMax) {
    return;
  }
  candidates.appservice_uids.push_back(registration.uid);
  candidates.registration_revision =
      std::max(candidates.registration_revision, registration.revision);
}

}  // namespace

Candidates FindCandidates(const registry_watch::RegistrySnapshot& snapshot,
                          const Question& question) {
  const Kind kind =
      question.kind == QuestionKind::kUser ? Kind::kUsers : Kind::kAliases;
  Candidates candidates;
  if (const Registration* owner = snapshot.ExclusiveOwner(kind, question.id)) {
    Add(*owner, candidates);
    return candidates;
  }
  for (const Registration* registration :
       snapshot.Interested(kind, question.id)) {
    Add(*registration, candidates);
  }
  return candidates;
}

std::vector<const Registration*> FindByProtocol(
    const registry_watch::RegistrySnapshot& snapshot,
    const std::string& protocol) {
  std::vector<const Registration*> found;
  for (const auto& registration : snapshot.registrations()) {
    if (registration == nullptr || registration->url.empty()) continue;
    const std::vector<std::string>& protocols = registration->protocols;
    if (std::find(protocols.begin(), protocols.end(), protocol) !=
        protocols.end()) {
      found.push_back(registration.get());
    }
  }
  return found;
}

}  // namespace causeway::query
