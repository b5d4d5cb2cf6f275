#ifndef CAUSEWAY_SERVICES_HOMESERVER_STREAM_STREAM_METRICS_H_
#define CAUSEWAY_SERVICES_HOMESERVER_STREAM_STREAM_METRICS_H_

#include <cstdint>

#include "services/homeserver/stream/stream_publisher.h"

namespace prometheus {
class Counter;
class Gauge;
class Registry;
}  // namespace prometheus

namespace causeway::homeserver {

// How far publishing is behind the stream:
//   causeway_homeserver_stream_published_records_total
//   causeway_homeserver_stream_unpublished_records
//   causeway_homeserver_stream_lag_seconds
//
// Thread-compatible: the publishing thread calls it.
class StreamMetrics {
 public:
  // `registry` must outlive the metrics.
  explicit StreamMetrics(prometheus::Registry& registry);

  void Stepped(const StreamPublisher::Progress& progress);

 private:
  prometheus::Counter& published_;
  prometheus::Gauge& unpublished_;
  prometheus::Gauge& lag_;
  int64_t counted_ = 0;
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_STREAM_STREAM_METRICS_H_
