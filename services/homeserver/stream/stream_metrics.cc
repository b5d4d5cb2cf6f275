#include "services/homeserver/stream/stream_metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

#include "absl/time/time.h"

namespace causeway::homeserver {

StreamMetrics::StreamMetrics(prometheus::Registry& registry)
    : published_(prometheus::BuildCounter()
                     .Name("causeway_homeserver_stream_published_records_total")
                     .Help("Records of the stream that push_dispatcher took.")
                     .Register(registry)
                     .Add({})),
      unpublished_(prometheus::BuildGauge()
                       .Name("causeway_homeserver_stream_unpublished_records")
                       .Help("Records of the stream not published yet.")
                       .Register(registry)
                       .Add({})),
      lag_(prometheus::BuildGauge()
               .Name("causeway_homeserver_stream_lag_seconds")
               .Help("Age of the oldest record not published yet; 0 if none.")
               .Register(registry)
               .Add({})) {}

void StreamMetrics::Stepped(const StreamPublisher::Progress& progress) {
  published_.Increment(
      static_cast<double>(progress.published_records - counted_));
  counted_ = progress.published_records;
  unpublished_.Set(static_cast<double>(progress.unpublished_records));
  lag_.Set(absl::ToDoubleSeconds(progress.lag));
}

}  // namespace causeway::homeserver
