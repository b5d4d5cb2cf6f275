#include "services/homeserver/query_outcome_proto.h"

namespace causeway::homeserver {

namespace pb = causeway::query::v1;

QueryOutcome QueryOutcomeFromProto(pb::Outcome outcome) {
  switch (outcome) {
    case pb::EXISTS_CREATE:
      return QueryOutcome::kCreate;
    case pb::LOOK_AGAIN:
      return QueryOutcome::kLookAgain;
    case pb::NOBODY_TO_ASK:
    case pb::NOT_FOUND:
      return QueryOutcome::kNotFound;
    default:
      return QueryOutcome::kNoAnswer;
  }
}

}  // namespace causeway::homeserver
