#include "services/registry/grant_breadth.h"

#include <random>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "services/shared/namespaces/id_grammar.h"

namespace causeway::registry {
namespace {

using namespaces::NamespaceKind;

// As people's names and as homeservers' room IDs are.
constexpr absl::string_view kNameLetters =
    "abcdefghijklmnopqrstuvwxyz0123456789";
constexpr absl::string_view kRoomLetters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
constexpr int kRandomLetters = 17;

}  // namespace

std::vector<std::string> ProbeIds(NamespaceKind kind,
                                  const matrix::ServerName& server_name) {
  const absl::string_view letters =
      kind == NamespaceKind::kRooms ? kRoomLetters : kNameLetters;
  std::mt19937_64 random(1);  // NOLINT(cert-msc51-cpp): see the header.
  std::vector<std::string> ids;
  for (const char first : letters) {
    std::string id = {namespaces::SigilOf(kind), first};
    for (int i = 0; i < kRandomLetters; ++i) {
      id.push_back(letters[random() % letters.size()]);
    }
    ids.push_back(absl::StrCat(id, ":", server_name.str()));
  }
  return ids;
}

std::optional<std::string> FindBroadness(
    NamespaceKind kind, const namespaces::NamespacePattern& ceiling,
    const matrix::ServerName& server_name) {
  for (std::string& id : ProbeIds(kind, server_name)) {
    if (ceiling.Matches(id)) return std::move(id);
  }
  return std::nullopt;
}

}  // namespace causeway::registry
