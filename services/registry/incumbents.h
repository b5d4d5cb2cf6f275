#ifndef CAUSEWAY_SERVICES_REGISTRY_INCUMBENTS_H_
#define CAUSEWAY_SERVICES_REGISTRY_INCUMBENTS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "services/registry/appservice.h"
#include "services/registry/registration.h"
#include "services/registry/registry_store.h"
#include "services/shared/matrix/identifiers.h"
#include "services/shared/namespaces/namespace_kind.h"

namespace causeway::registry {

// Everybody who is registered, kept in memory so that those whom a new
// registration might get in the way of are found without a look at the rest:
// namespaces by what all of their IDs begin with.
//
// Thread-compatible. Bare pointers live until the next change.
class Incumbents {
 public:
  using Kind = namespaces::NamespaceKind;

  // What one of them alone may have: an exclusive namespace or its own user.
  // Stays valid when its owner changes or goes.
  struct Reserved {
    std::shared_ptr<const Registration> owner;
    absl::string_view grant_name = "";  // Of the owner.
    absl::string_view regex = "";
    absl::string_view own_user = "";  // Empty: it's a namespace.
    int64_t number = 0;               // Never given again.
  };

  // `server_name` is that of own users.
  explicit Incumbents(matrix::ServerName server_name);

  // Takes in what was committed before `change`, which has changed nothing so
  // far: what is known here then holds until `change` is over. Errors as
  // ListChanges() and Put().
  absl::Status CatchUp(RegistryStore::Change& change);
  // The same of what has changed since revision(). Errors as Put().
  absl::Status TakeIn(const Changes& changes);
  int64_t revision() const { return revision_; }

  // Replaces the one of that uid. INVALID_ARGUMENT as ParseRegex, after which
  // nobody is known until the next CatchUp().
  absl::Status Put(const Appservice& appservice);
  void Remove(int64_t uid);

  // Null when there is none.
  const Registration* FindById(absl::string_view id) const;
  const Registration* FindBySender(absl::string_view localpart) const;

  // All that is reserved and might include an ID that begins with `prefix`.
  std::vector<Reserved> FindReserved(Kind kind, absl::string_view prefix) const;

  // Different regexes whose literal prefix is `prefix`, exclusive or not, as a
  // NamespaceIndex of all namespaces and own users has them.
  size_t CountRegexes(Kind kind, absl::string_view prefix) const;
  bool HasRegex(Kind kind, absl::string_view prefix,
                absl::string_view regex) const;

 private:
  // A namespace or, without a regex, an own user.
  struct Item {
    Kind kind = Kind::kUsers;
    std::string prefix;
    std::string regex;
    bool exclusive = true;
  };
  struct Incumbent {
    Registration registration;
    std::string grant_name;
    std::vector<Item> items;
  };
  // All that has one prefix.
  struct Alike {
    std::vector<Reserved> reserved;
    absl::flat_hash_map<std::string, int> regexes;  // How often there is each.
  };
  using ByPrefix = absl::btree_map<std::string, Alike>;

  absl::StatusOr<std::vector<Item>> ListItems(
      const Registration& registration) const;
  void Clear();
  const Alike* FindAlike(Kind kind, absl::string_view prefix) const;

  const matrix::ServerName server_name_;
  int64_t revision_ = 0;
  int64_t last_number_ = 0;
  absl::flat_hash_map<int64_t, std::shared_ptr<const Incumbent>> by_uid_;
  absl::flat_hash_map<std::string, const Registration*> by_id_;
  absl::flat_hash_map<std::string, const Registration*> by_sender_;
  std::array<ByPrefix, namespaces::kNamespaceKindCount> by_prefix_;  // By kind.
};

}  // namespace causeway::registry

#endif  // CAUSEWAY_SERVICES_REGISTRY_INCUMBENTS_H_
