#include "services/homeserver/rooms/event_filter.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "absl/strings/match.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/status/status_macros.h"

namespace causeway::homeserver {
namespace {

using matrix::Json;
using Strings = std::vector<std::string>;

// Nullopt when the field isn't there.
absl::StatusOr<std::optional<Strings>> GetList(const Json& object,
                                               absl::string_view field) {
  CAUSEWAY_ASSIGN_OR_RETURN(const Json* array,
                            matrix::GetOptionalArray(object, field));
  if (array == nullptr) return std::optional<Strings>();
  Strings strings;
  for (const Json& element : *array) {
    if (!element.is_string()) {
      return matrix::BadJson(field, "must hold only strings");
    }
    // As an event's type and an ID are.
    if (absl::StrContains(element.get_ref<const std::string&>(), '\0')) {
      return matrix::BadJson(field, "must hold strings without U+0000");
    }
    strings.push_back(element.get<std::string>());
  }
  return std::make_optional(std::move(strings));
}

absl::StatusOr<Strings> GetListOrNone(const Json& object,
                                      absl::string_view field) {
  CAUSEWAY_ASSIGN_OR_RETURN(std::optional<Strings> strings,
                            GetList(object, field));
  return std::move(strings).value_or(Strings());
}

bool Holds(const Strings& list, absl::string_view wanted) {
  return std::find(list.begin(), list.end(), wanted) != list.end();
}

// Each `*` takes as little as it may, and more when the rest doesn't fit.
bool Matches(absl::string_view pattern, absl::string_view text) {
  size_t p = 0;
  size_t t = 0;
  size_t star = absl::string_view::npos;
  size_t taken = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      taken = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star != absl::string_view::npos) {
      p = star + 1;
      t = ++taken;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == absl::string_view::npos;
}

bool MatchesAny(const Strings& patterns, absl::string_view text) {
  return std::any_of(
      patterns.begin(), patterns.end(),
      [text](const std::string& pattern) { return Matches(pattern, text); });
}

bool HasUrl(const Event& event) {
  const absl::StatusOr<Json> content = matrix::ParseObject(event.content_json);
  if (!content.ok()) return false;
  const auto url = content->find("url");
  return url != content->end() && url->is_string();
}

}  // namespace

bool EventFilter::TakesRoom(absl::string_view room_id) const {
  if (rooms.has_value() && !Holds(*rooms, room_id)) return false;
  return !Holds(not_rooms, room_id);
}

bool EventFilter::TakesFrom(absl::string_view type,
                            absl::string_view sender) const {
  if (types.has_value() && !MatchesAny(*types, type)) return false;
  if (senders.has_value() && !Holds(*senders, sender)) return false;
  return !MatchesAny(not_types, type) && !Holds(not_senders, sender);
}

bool EventFilter::Takes(absl::string_view type,
                        absl::string_view sender) const {
  return TakesFrom(type, sender) && !contains_url.value_or(false);
}

bool EventFilter::TakesEvent(const Event& event) const {
  return TakesFrom(event.type, event.sender) &&
         (!contains_url.has_value() || HasUrl(event) == *contains_url);
}

bool EventFilter::takes_all() const {
  return !types.has_value() && !senders.has_value() && not_types.empty() &&
         not_senders.empty() && !contains_url.has_value();
}

bool EventFilter::takes_nothing() const {
  return (types.has_value() && types->empty()) ||
         (senders.has_value() && senders->empty()) || Holds(not_types, "*");
}

absl::StatusOr<EventFilter> EventFilterFromJson(const Json& filter_json) {
  EventFilter filter;
  CAUSEWAY_ASSIGN_OR_RETURN(filter.types, GetList(filter_json, "types"));
  CAUSEWAY_ASSIGN_OR_RETURN(filter.not_types,
                            GetListOrNone(filter_json, "not_types"));
  CAUSEWAY_ASSIGN_OR_RETURN(filter.senders, GetList(filter_json, "senders"));
  CAUSEWAY_ASSIGN_OR_RETURN(filter.not_senders,
                            GetListOrNone(filter_json, "not_senders"));
  CAUSEWAY_ASSIGN_OR_RETURN(filter.rooms, GetList(filter_json, "rooms"));
  CAUSEWAY_ASSIGN_OR_RETURN(filter.not_rooms,
                            GetListOrNone(filter_json, "not_rooms"));
  CAUSEWAY_ASSIGN_OR_RETURN(
      filter.contains_url,
      matrix::GetOptionalBool(filter_json, "contains_url"));
  CAUSEWAY_ASSIGN_OR_RETURN(
      const std::optional<bool> lazy,
      matrix::GetOptionalBool(filter_json, "lazy_load_members"));
  filter.lazy_load_members = lazy.value_or(false);
  return filter;
}

absl::StatusOr<EventFilter> ParseEventFilter(absl::string_view filter_json) {
  CAUSEWAY_ASSIGN_OR_RETURN(const Json json,
                            matrix::ParseObjectOrNothing(filter_json));
  return EventFilterFromJson(json);
}

}  // namespace causeway::homeserver
