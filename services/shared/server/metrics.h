#ifndef CAUSEWAY_SERVICES_SHARED_SERVER_METRICS_H_
#define CAUSEWAY_SERVICES_SHARED_SERVER_METRICS_H_

#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <string>

namespace causeway::server {

// What every `*_metrics.cc` shares. A process has one prometheus::Registry,
// Process::metrics_registry(); each service has one class that registers its
// metrics there and has a method for each event (style: only that class
// includes this file).

// Buckets for `..._duration_seconds`: 0.5 ms to 60 s, steps of 2 to 2.5, so
// that a database round trip and a bridge that hangs both show.
prometheus::Histogram::BucketBoundaries DurationBuckets();

// All metrics of `registry` in Prometheus' text format, version 0.0.4.
std::string MetricsText(const prometheus::Registry& registry);

}  // namespace causeway::server

#endif  // CAUSEWAY_SERVICES_SHARED_SERVER_METRICS_H_
