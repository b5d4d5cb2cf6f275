#ifndef CAUSEWAY_SERVICES_QUERY_PROXY_USER_ANSWER_H_
#define CAUSEWAY_SERVICES_QUERY_PROXY_USER_ANSWER_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "services/query_proxy/answer.h"

namespace causeway::query {

// What the body of a 2xx answer to a user query says, for a registration of
// the draft:
//
//   {"profile": {"display_name": "Bob", "avatar_url": "mxc://..."}}
//
// kExistsCreate with the profile; kExistsCreate without one for an object that
// holds no `errcode` either, or for no body at all; else kLookAgain, because
// published services answer 200 {"errcode": ...} for yes and for no.
// INVALID_ARGUMENT names the field that isn't what it should be.
absl::StatusOr<Answer> ParseUserAnswer(absl::string_view body);

}  // namespace causeway::query

#endif  // CAUSEWAY_SERVICES_QUERY_PROXY_USER_ANSWER_H_
