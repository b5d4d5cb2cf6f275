#ifndef CAUSEWAY_SERVICES_SHARED_STATUS_STATUS_MACROS_H_
#define CAUSEWAY_SERVICES_SHARED_STATUS_STATUS_MACROS_H_

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

// "Return early when this failed", the one thing that a function cannot do for
// its caller. (These are the only macros of the tree: Abseil of this release
// brings none of its own.)
//
//   absl::StatusOr<Room> Create(absl::string_view text) {
//     CAUSEWAY_ASSIGN_OR_RETURN(RoomId room_id, RoomId::Parse(text));
//     CAUSEWAY_RETURN_IF_ERROR(store.Insert(room_id));
//     return Room(room_id);
//   }
//
// The ..._CO_... twins say co_return, for coroutines:
//
//   CAUSEWAY_CO_ASSIGN_OR_RETURN(pb::Room room, co_await AwaitCall(...));
//
// `lhs` may declare a variable or name one; a type with a comma in it or a
// structured binding needs a name of its own first. ASSIGN_OR_RETURN is more
// than one statement: not for the body of an `if` without braces.

#define CAUSEWAY_RETURN_IF_ERROR(...) \
  CAUSEWAY_STATUS_INTERNAL_CHECK_(return, (__VA_ARGS__))

#define CAUSEWAY_CO_RETURN_IF_ERROR(...) \
  CAUSEWAY_STATUS_INTERNAL_CHECK_(co_return, (__VA_ARGS__))

#define CAUSEWAY_ASSIGN_OR_RETURN(lhs, ...)                                \
  CAUSEWAY_STATUS_INTERNAL_ASSIGN_(                                        \
      return, CAUSEWAY_STATUS_INTERNAL_NAME_(causeway_or_, __LINE__), lhs, \
            (__VA_ARGS__))

#define CAUSEWAY_CO_ASSIGN_OR_RETURN(lhs, ...)                                \
  CAUSEWAY_STATUS_INTERNAL_ASSIGN_(                                           \
      co_return, CAUSEWAY_STATUS_INTERNAL_NAME_(causeway_or_, __LINE__), lhs, \
      (__VA_ARGS__))

#define CAUSEWAY_STATUS_INTERNAL_CHECK_(return_keyword, expr)           \
  do {                                                                  \
    if (absl::Status causeway_status_ = expr; !causeway_status_.ok()) { \
      return_keyword causeway_status_;                                  \
    }                                                                   \
  } while (false)

#define CAUSEWAY_STATUS_INTERNAL_ASSIGN_(return_keyword, value_or, lhs, expr) \
  auto value_or = expr;                                                       \
  if (!(value_or).ok()) return_keyword std::move(value_or).status();          \
  lhs = *std::move(value_or)

// Two steps, so that __LINE__ is replaced by its number first.
#define CAUSEWAY_STATUS_INTERNAL_NAME_(prefix, line) \
  CAUSEWAY_STATUS_INTERNAL_PASTE_(prefix, line)
#define CAUSEWAY_STATUS_INTERNAL_PASTE_(prefix, line) prefix##line

#endif  // CAUSEWAY_SERVICES_SHARED_STATUS_STATUS_MACROS_H_
