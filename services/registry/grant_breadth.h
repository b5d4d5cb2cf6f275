#ifndef CAUSEWAY_SERVICES_REGISTRY_GRANT_BREADTH_H_
#define CAUSEWAY_SERVICES_REGISTRY_GRANT_BREADTH_H_

#include <optional>
#include <string>
#include <vector>

#include "services/shared/matrix/identifiers.h"
#include "services/shared/namespaces/namespace_kind.h"
#include "services/shared/namespaces/namespace_pattern.h"

namespace causeway::registry {

// IDs of this server that nobody would think of, one for each letter or digit
// that an ID can begin with: "@q7x..." up to the server's name. The same ones
// each time, so that all replicas say the same and trying again is no use.
std::vector<std::string> ProbeIds(namespaces::NamespaceKind kind,
                                  const matrix::ServerName& server_name);

// A ceiling that one of these fits names no network: it would give away IDs
// that are anybody's, such as "@.*", "@a.*" or "@[^_].*". The ID that shows
// it. What begins with something definite ("@irc_.*", also "@_.*") doesn't.
std::optional<std::string> FindBroadness(
    namespaces::NamespaceKind kind, const namespaces::NamespacePattern& ceiling,
    const matrix::ServerName& server_name);

}  // namespace causeway::registry

#endif  // CAUSEWAY_SERVICES_REGISTRY_GRANT_BREADTH_H_
