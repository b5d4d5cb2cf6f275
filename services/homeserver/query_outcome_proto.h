#ifndef CAUSEWAY_SERVICES_HOMESERVER_QUERY_OUTCOME_PROTO_H_
#define CAUSEWAY_SERVICES_HOMESERVER_QUERY_OUTCOME_PROTO_H_

#include "causeway/query/v1/query.pb.h"
#include "services/homeserver/query_outcome.h"

namespace causeway::homeserver {

// kNoAnswer for what only a newer query_proxy knows: it was no clear answer.
QueryOutcome QueryOutcomeFromProto(query::v1::Outcome outcome);

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_QUERY_OUTCOME_PROTO_H_
