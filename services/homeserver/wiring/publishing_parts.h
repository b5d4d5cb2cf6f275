#ifndef CAUSEWAY_SERVICES_HOMESERVER_WIRING_PUBLISHING_PARTS_H_
#define CAUSEWAY_SERVICES_HOMESERVER_WIRING_PUBLISHING_PARTS_H_

#include <string>

#include "services/homeserver/stream/grpc_push_client.h"
#include "services/homeserver/stream/postgres_stream_source.h"
#include "services/homeserver/stream/publisher_loop.h"
#include "services/homeserver/stream/stream_metrics.h"
#include "services/homeserver/stream/stream_publisher.h"
#include "services/shared/clock/clock.h"
#include "services/shared/postgres/pool.h"

namespace prometheus {
class Registry;
}  // namespace prometheus

namespace causeway::homeserver {

// The stream's way to push_dispatcher.
struct PublishingParts {
  PublishingParts(postgres::Pool& pool, const std::string& source_name,
                  GrpcPushClient::Replicas& push_dispatchers,
                  prometheus::Registry& registry, const Clock& clock);

  PostgresStreamSource source;
  GrpcPushClient push;
  StreamPublisher publisher;
  StreamMetrics metrics;
  PublisherLoop loop;
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_WIRING_PUBLISHING_PARTS_H_
