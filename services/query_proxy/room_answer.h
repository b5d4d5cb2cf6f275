#ifndef CAUSEWAY_SERVICES_QUERY_PROXY_ROOM_ANSWER_H_
#define CAUSEWAY_SERVICES_QUERY_PROXY_ROOM_ANSWER_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "services/query_proxy/answer.h"

namespace causeway::query {

// In each of `state` and `events`.
inline constexpr int kRoomAnswerEventsMax = 1000;

// What the body of a 2xx answer to an alias query says, for a registration of
// the draft:
//
//   {"events": [{"content": {...}, "user_id": "@irc.freenode.net/Bob:d",
//                "origin_server_ts": 1421416883133, "type": "..."}],
//    "state": [{..., "state_key": ""}]}
//
// kExistsCreate with the content if there is either array; else kLookAgain:
// the application service may have made the room itself, and an `errcode`
// says neither yes nor no. INVALID_ARGUMENT names what isn't as it should be,
// for example `state[0].user_id`: half a room is never made.
absl::StatusOr<Answer> ParseRoomAnswer(absl::string_view body);

}  // namespace causeway::query

#endif  // CAUSEWAY_SERVICES_QUERY_PROXY_ROOM_ANSWER_H_
