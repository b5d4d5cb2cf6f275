#ifndef CAUSEWAY_SERVICES_REGISTRY_GRANT_H_
#define CAUSEWAY_SERVICES_REGISTRY_GRANT_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "services/shared/matrix/identifiers.h"
#include "services/shared/namespaces/namespace_kind.h"

namespace causeway::registry {

inline constexpr size_t kGrantNameBytesMax = 128;
inline constexpr size_t kCeilingsMax = 100;  // Of each list.

// The widest namespaces that a registration may ask for. No regex of a kind:
// nothing of it.
struct Ceilings {
  // For namespaces of any sort.
  std::vector<std::string> users = {};
  std::vector<std::string> aliases = {};
  std::vector<std::string> rooms = {};
  // For namespaces that aren't exclusive: to see, not to own.
  std::vector<std::string> shared_users = {};
  std::vector<std::string> shared_aliases = {};
  std::vector<std::string> shared_rooms = {};

  const std::vector<std::string>& OfKind(namespaces::NamespaceKind kind,
                                         bool shared = false) const;
  std::vector<std::string>& OfKind(namespaces::NamespaceKind kind,
                                   bool shared = false);
  // Of which one has to allow each ID of a namespace.
  std::vector<std::string> For(namespaces::NamespaceKind kind,
                               bool exclusive) const;

  bool operator==(const Ceilings&) const = default;
};

// What an operator allows the holder of one as_token to claim. Whoever holds
// the token can register with it, so its width is decided here, by somebody
// else: that is what the HTTP registration of the draft was lacking, and why it
// was removed from Matrix.
struct Grant {
  std::string name;
  std::string as_token_sha256;  // 32 bytes; the token itself is never kept.
  Ceilings ceilings;
  std::string url_prefix;  // Empty: any URL.
  // The own user that it may take, besides the one called as the grant and
  // those that a users ceiling matches: an application service acts as its own
  // user, so to choose one is to claim an ID. As the grant unless said
  // otherwise.
  std::string sender_localpart;
  // Ceilings may allow nearly anything (grant_breadth.h).
  bool allow_broad = false;
  // Its URL may lead to loopback and private networks.
  bool private_networks_allowed = true;
  // From then on it allows nothing, and what is registered under it ends.
  absl::Time expire_time = absl::InfiniteFuture();
  absl::Time create_time;

  bool HasExpired(absl::Time now) const { return now >= expire_time; }

  bool operator==(const Grant&) const = default;
};

// Whether an operator who asks for `a` where `b` exists asks for nothing new:
// with ceilings that are the same, it makes no difference to say allow_broad.
bool AllowSame(const Grant& a, const Grant& b);

// Whether a grant can be called so: 1 to kGrantNameBytesMax of [A-Za-z0-9._-].
// INVALID_ARGUMENT (M_INVALID_PARAM).
absl::Status CheckGrantName(absl::string_view name);

// Whether it can be the hash of a token. INVALID_ARGUMENT (M_INVALID_PARAM).
absl::Status CheckTokenHash(absl::string_view as_token_sha256);

// Checks `claimed`, as it came from outside, and fills in sender_localpart.
// INVALID_ARGUMENT (M_INVALID_PARAM) names the field and what is wrong with it;
// of a ceiling that is broad without allow_broad also an ID that shows it.
absl::StatusOr<Grant> ParseGrant(Grant claimed,
                                 const matrix::ServerName& server_name);

}  // namespace causeway::registry

#endif  // CAUSEWAY_SERVICES_REGISTRY_GRANT_H_
