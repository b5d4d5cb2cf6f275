#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_DELIVERY_ANSWER_EXCERPT_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_DELIVERY_ANSWER_EXCERPT_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace causeway::push {

inline constexpr size_t kAnswerExcerptBytesMax = 512;

// What an application service's answer must not show.
struct AnswerSecrets {
  std::string hs_token = "";
  std::string previous_hs_token = "";
  std::string as_token_sha256 = "";
};

// How the body of an answer begins, fit to be shown: valid UTF-8, one line, at
// most kAnswerExcerptBytesMax. Error pages repeat the URL, and with it the
// hs_token: this and the one before, percent-encoded or not, and any word that
// is the as_token are shown as "(token)".
std::string AnswerExcerpt(absl::string_view body, const AnswerSecrets& secrets);

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_DELIVERY_ANSWER_EXCERPT_H_
