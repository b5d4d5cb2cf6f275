#include "services/homeserver/sync/event_fields.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/status/status_macros.h"

namespace causeway::homeserver {
namespace {

using matrix::Json;

std::vector<std::string> PathOf(const std::string& field) {
  std::vector<std::string> path(1);
  for (size_t i = 0; i < field.size(); ++i) {
    const bool escapes = field[i] == '\\' && i + 1 < field.size() &&
                         (field[i + 1] == '.' || field[i + 1] == '\\');
    if (escapes) {
      path.back() += field[++i];
    } else if (field[i] == '.') {
      path.emplace_back();
    } else {
      path.back() += field[i];
    }
  }
  return path;
}

// Copies what stands at `path` in `from`, if anything does.
void CopyPath(const std::vector<std::string>& path, const Json& from,
              Json& to) {
  const Json* found = &from;
  for (const std::string& name : path) {
    if (!found->is_object() || !found->contains(name)) return;
    found = &found->at(name);
  }
  Json* place = &to;
  for (const std::string& name : path) place = &(*place)[name];
  *place = *found;
}

}  // namespace

EventFields::EventFields(const std::vector<std::string>& fields) {
  for (const std::string& field : fields) paths_.push_back(PathOf(field));
}

std::string EventFields::Pick(const std::string& event_json) const {
  const absl::StatusOr<Json> event = matrix::ParseObject(event_json);
  Json picked = Json::object();
  if (event.ok()) {
    for (const std::vector<std::string>& path : paths_) {
      CopyPath(path, *event, picked);
    }
  }
  return matrix::DumpJson(picked);
}

absl::StatusOr<std::optional<EventFields>> ParseEventFields(
    const Json& filter) {
  CAUSEWAY_ASSIGN_OR_RETURN(const Json* fields,
                            matrix::GetOptionalArray(filter, "event_fields"));
  if (fields == nullptr) return std::optional<EventFields>();
  if (fields->size() > kEventFieldsMax) {
    return matrix::InvalidParam(
        "event_fields",
        absl::StrCat("has ", fields->size(), " entries; at most ",
                     kEventFieldsMax, " are allowed"));
  }
  std::vector<std::string> names;
  for (const Json& field : *fields) {
    if (!field.is_string()) {
      return matrix::BadJson("event_fields", "must hold only strings");
    }
    names.push_back(field.get<std::string>());
  }
  return std::make_optional(EventFields(names));
}

}  // namespace causeway::homeserver
