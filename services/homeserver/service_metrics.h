#ifndef CAUSEWAY_SERVICES_HOMESERVER_SERVICE_METRICS_H_
#define CAUSEWAY_SERVICES_HOMESERVER_SERVICE_METRICS_H_

#include <cstdint>

namespace prometheus {
class Counter;
class Registry;
}  // namespace prometheus

namespace causeway::homeserver {

// What accounts, media and messages to devices tell Prometheus:
//
//   causeway_homeserver_logins_refused_total        counter
//   causeway_homeserver_media_uploads_total         counter
//   causeway_homeserver_media_upload_bytes_total    counter
//   causeway_homeserver_to_device_messages_total    counter
//
// Thread-safe.
class ServiceMetrics {
 public:
  // `registry` must outlive the metrics.
  explicit ServiceMetrics(prometheus::Registry& registry);

  // By a wrong user or password.
  void LoginRefused();
  void MediaUploaded(int64_t byte_count);
  void MessagesSentToDevices(int64_t count);

 private:
  prometheus::Counter& logins_refused_;
  prometheus::Counter& media_uploads_;
  prometheus::Counter& media_upload_bytes_;
  prometheus::Counter& to_device_messages_;
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_SERVICE_METRICS_H_
