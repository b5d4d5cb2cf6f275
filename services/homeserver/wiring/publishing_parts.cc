#include "services/homeserver/wiring/publishing_parts.h"

namespace causeway::homeserver {

PublishingParts::PublishingParts(postgres::Pool& pool,
                                 const std::string& source_name,
                                 GrpcPushClient::Replicas& push_dispatchers,
                                 prometheus::Registry& registry,
                                 const Clock& clock)
    : source(pool),
      push(push_dispatchers, source_name),
      publisher({}, source, push, clock),
      metrics(registry),
      loop({}, publisher, metrics) {}

}  // namespace causeway::homeserver
