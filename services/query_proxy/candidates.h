#ifndef CAUSEWAY_SERVICES_QUERY_PROXY_CANDIDATES_H_
#define CAUSEWAY_SERVICES_QUERY_PROXY_CANDIDATES_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "services/query_proxy/question.h"
#include "services/shared/registry_watch/registry_snapshot.h"

namespace causeway::query {

// How many are asked, one after the other, when nobody owns the ID.
inline constexpr size_t kCandidatesMax = 8;

// Whom to ask.
struct Candidates {
  std::vector<std::string> appservice_uids;
  // The newest of their registrations: another number means that one of them
  // has changed.
  int64_t registration_revision = 0;
};

// Whose namespace the ID is in: its exclusive owner alone, or else all that
// share it, in the order in which they registered. Those without a URL want no
// queries.
Candidates FindCandidates(const registry_watch::RegistrySnapshot& snapshot,
                          const Question& question);

// Those that declare `protocol` and have a URL, in the order in which they
// registered.
std::vector<const registry_watch::Registration*> FindByProtocol(
    const registry_watch::RegistrySnapshot& snapshot,
    const std::string& protocol);

}  // namespace causeway::query

#endif  // CAUSEWAY_SERVICES_QUERY_PROXY_CANDIDATES_H_
