#include "services/homeserver/rooms/canonical_alias.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/matrix/json.h"
#include "services/shared/matrix/utf8.h"
#include "services/shared/status/status_macros.h"

namespace causeway::homeserver {
namespace {

using matrix::Json;

// `alias` and `alt_aliases`.
absl::StatusOr<std::set<std::string>> NamesIn(absl::string_view content_json) {
  CAUSEWAY_ASSIGN_OR_RETURN(const Json content,
                            matrix::ParseObject(content_json));
  std::set<std::string> names;
  CAUSEWAY_ASSIGN_OR_RETURN(std::optional<std::string> alias,
                            matrix::GetOptionalString(content, "alias"));
  // Some clients take the name away by an empty one.
  if (alias.has_value() && !alias->empty()) names.insert(*alias);
  CAUSEWAY_ASSIGN_OR_RETURN(const Json* others,
                            matrix::GetOptionalArray(content, "alt_aliases"));
  if (others == nullptr) return names;
  for (const Json& other : *others) {
    if (!other.is_string()) {
      return matrix::BadJson("alt_aliases", "must hold only strings");
    }
    names.insert(other.get<std::string>());
  }
  return names;
}

}  // namespace

absl::Status CheckCanonicalAlias(RoomTransaction& transaction,
                                 const matrix::RoomId& room_id,
                                 const EventDraft& draft,
                                 const Event* standing) {
  CAUSEWAY_ASSIGN_OR_RETURN(const std::set<std::string> names,
                            NamesIn(draft.content_json));
  std::set<std::string> known;
  if (standing != nullptr) {
    known = NamesIn(standing->content_json).value_or(known);
  }
  for (const std::string& name : names) {
    if (known.contains(name)) continue;
    CAUSEWAY_ASSIGN_OR_RETURN(matrix::RoomAlias alias,
                              matrix::RoomAlias::Parse(name, "alias"));
    CAUSEWAY_ASSIGN_OR_RETURN(std::optional<AliasEntry> entry,
                              transaction.FindAlias(alias));
    if (!entry.has_value() || entry->room_id != room_id) {
      return matrix::MakeError(absl::StatusCode::kInvalidArgument,
                               "M_BAD_ALIAS",
                               absl::StrCat("room alias ", matrix::Quote(name),
                                            " does not point to the room"));
    }
  }
  return absl::OkStatus();
}

std::optional<std::string> WithoutAlias(absl::string_view content_json,
                                        absl::string_view alias) {
  const absl::StatusOr<std::set<std::string>> names = NamesIn(content_json);
  if (!names.ok() || !names->contains(std::string(alias))) return std::nullopt;
  Json content = matrix::ParseObject(content_json).value();
  const auto is_alias = [alias](const Json& name) { return name == alias; };
  if (const auto main = content.find("alias");
      main != content.end() && is_alias(*main)) {
    content.erase(main);
  }
  if (const auto others = content.find("alt_aliases");
      others != content.end() && others->is_array()) {
    Json kept = Json::array();
    std::remove_copy_if(others->begin(), others->end(),
                        std::back_inserter(kept), is_alias);
    *others = std::move(kept);
  }
  return matrix::DumpJson(content);
}

}  // namespace causeway::homeserver
