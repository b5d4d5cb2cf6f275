#ifndef CAUSEWAY_SERVICES_QUERY_PROXY_ANSWER_H_
#define CAUSEWAY_SERVICES_QUERY_PROXY_ANSWER_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace causeway::query {

// As causeway.query.v1.Outcome, where each is explained.
enum class Outcome {
  kNobodyToAsk,
  kExistsCreate,
  kLookAgain,
  kNotFound,
  kTimedOut,
  kAppserviceUnavailable,
};

// As causeway.query.v1.PingResponse.Result.
enum class PingOutcome {
  kAnswered,
  kUrlNotSet,
  kBadStatus,
  kConnectionFailed,
  kTimedOut,
};

// What was looked up of another network, and what came of it.
enum class LookUpKind { kProtocol, kLocation, kUser, kUri };
enum class LookUpOutcome {
  kFound,
  kNotFound,
  // Nothing was found, and not all who were asked have answered.
  kTimedOut,
};

// The draft's `profile` of a user. Empty: not given.
struct UserProfile {
  std::string display_name;
  std::string avatar_url;

  friend bool operator==(const UserProfile&, const UserProfile&) = default;
};

// An event of the draft's room answer, within the bounds of
// causeway.query.v1.RoomAnswerEvent.
struct RoomEvent {
  std::string type;
  std::string user_id;
  std::string content_json;
  int64_t origin_server_ts = 0;  // Milliseconds since 1970. 0: absent.
  std::optional<std::string> state_key;

  friend bool operator==(const RoomEvent&, const RoomEvent&) = default;
};

// The draft's room answer.
struct RoomContent {
  std::vector<RoomEvent> state;
  std::vector<RoomEvent> events;
};

// What came of a question.
struct Answer {
  Outcome outcome = Outcome::kNobodyToAsk;
  // Who was asked; empty with kNobodyToAsk.
  std::string appservice_uid = {};
  std::string appservice_id = {};
  // With kExistsCreate.
  UserProfile profile = {};
  // Shared, since many may wait for one answer. Null: none.
  std::shared_ptr<const RoomContent> room = nullptr;
};

}  // namespace causeway::query

#endif  // CAUSEWAY_SERVICES_QUERY_PROXY_ANSWER_H_
