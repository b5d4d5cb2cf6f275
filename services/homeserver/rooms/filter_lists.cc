#include "services/homeserver/rooms/filter_lists.h"

#include <algorithm>
#include <utility>

#include "services/shared/matrix/errors.h"
#include "services/shared/status/status_macros.h"

namespace causeway::homeserver {

using Strings = std::vector<std::string>;

absl::StatusOr<std::optional<Strings>> GetFilterList(const matrix::Json& object,
                                                     absl::string_view field) {
  CAUSEWAY_ASSIGN_OR_RETURN(const matrix::Json* array,
                            matrix::GetOptionalArray(object, field));
  if (array == nullptr) return std::optional<Strings>();
  Strings strings;
  for (const matrix::Json& element : *array) {
    if (!element.is_string()) {
      return matrix::BadJson(field, "must hold only strings");
    }
    strings.push_back(element.get<std::string>());
  }
  return std::make_optional(std::move(strings));
}

absl::StatusOr<Strings> GetFilterListOrNone(const matrix::Json& object,
                                            absl::string_view field) {
  CAUSEWAY_ASSIGN_OR_RETURN(std::optional<Strings> strings,
                            GetFilterList(object, field));
  return std::move(strings).value_or(Strings());
}

bool ListHolds(const Strings& list, absl::string_view wanted) {
  return std::find(list.begin(), list.end(), wanted) != list.end();
}

}  // namespace causeway::homeserver
