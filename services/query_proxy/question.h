#ifndef CAUSEWAY_SERVICES_QUERY_PROXY_QUESTION_H_
#define CAUSEWAY_SERVICES_QUERY_PROXY_QUESTION_H_

#include <string>
#include <utility>

namespace causeway::query {

enum class QuestionKind { kUser, kRoomAlias };

// "Does this exist?", to be asked of an application service.
struct Question {
  QuestionKind kind = QuestionKind::kUser;
  std::string id;  // A well-formed user ID or room alias.

  friend bool operator==(const Question&, const Question&) = default;
  template <typename H>
  friend H AbslHashValue(H h, const Question& question) {
    return H::combine(std::move(h), question.kind, question.id);
  }
};

}  // namespace causeway::query

#endif  // CAUSEWAY_SERVICES_QUERY_PROXY_QUESTION_H_
