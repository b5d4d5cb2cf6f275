#include "services/homeserver/service_metrics.h"

#include <prometheus/counter.h>
#include <prometheus/registry.h>

namespace causeway::homeserver {
namespace {

prometheus::Counter& Counter(prometheus::Registry& registry, const char* name,
                             const char* help) {
  return prometheus::BuildCounter()
      .Name(name)
      .Help(help)
      .Register(registry)
      .Add({});
}

}  // namespace

ServiceMetrics::ServiceMetrics(prometheus::Registry& registry)
    : logins_refused_(Counter(registry,
                              "causeway_homeserver_logins_refused_total",
                              "Logins by a wrong user or password.")),
      media_uploads_(Counter(registry,
                             "causeway_homeserver_media_uploads_total",
                             "Files that were uploaded and kept.")),
      media_upload_bytes_(
          Counter(registry, "causeway_homeserver_media_upload_bytes_total",
                  "Bytes of files that were uploaded and kept.")),
      to_device_messages_(
          Counter(registry, "causeway_homeserver_to_device_messages_total",
                  "Messages to devices that were asked for, repeats too.")) {}

void ServiceMetrics::LoginRefused() { logins_refused_.Increment(); }

void ServiceMetrics::MediaUploaded(int64_t byte_count) {
  media_uploads_.Increment();
  media_upload_bytes_.Increment(static_cast<double>(byte_count));
}

void ServiceMetrics::MessagesSentToDevices(int64_t count) {
  to_device_messages_.Increment(static_cast<double>(count));
}

}  // namespace causeway::homeserver
