#ifndef CAUSEWAY_SERVICES_HOMESERVER_QUERY_OUTCOME_H_
#define CAUSEWAY_SERVICES_HOMESERVER_QUERY_OUTCOME_H_

namespace causeway::homeserver {

// What came of asking the application service whose user or alias it is.
enum class QueryOutcome {
  kCreate,     // It exists, the draft's way: make it from the answer.
  kLookAgain,  // It may have been made meanwhile.
  kNotFound,   // It doesn't exist, or nobody could be asked.
  kNoAnswer,   // Not in time, or not at all.
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_QUERY_OUTCOME_H_
